import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BrowserContext } from 'playwright';
import { folderFiles, serve as serveFolder } from '../usb/server.ts';
import { bundle, inChromium, serve } from './browser.ts';
import { median } from './measure.ts';
import { pageWork } from './page-work.ts';
import { fact, heading, ratio } from './report.ts';

declare global {
  interface Window {
    usableAtMs?: number;
  }
}

const ROUNDS = 15;
const TRACED = 5;
const root = path.resolve(import.meta.dirname, '..', '..');

/** Runs in the page before anything else: notes when its first button can be pressed, and with a bench, when its panel stands too. */
const noteWhenUsable = `{
  const timer = setInterval(() => {
    const part = (host, inside) => document.querySelector(host)?.shadowRoot?.querySelector(inside);
    if (!part('empty-page', 'button') && !(part('simulator-bench', '.panel') && part('wm-enroll', 'button.primary'))) return;
    clearInterval(timer);
    window.usableAtMs = performance.now();
    performance.mark('usable');
  }, 1);
}`;

const benchInUse = `localStorage.setItem('web-minidriver.bench', '{"on":true,"plugged":true,"inserted":true,"profile":"yubikey-5.7"}');`;

/** Milliseconds from the start of the navigation until the page is usable. */
async function load(context: BrowserContext, url: string): Promise<number> {
  const page = await context.newPage();
  try {
    await page.goto(url, { waitUntil: 'commit' });
    await page.waitForFunction(() => window.usableAtMs !== undefined);
    return await page.evaluate(() => window.usableAtMs ?? Number.NaN);
  } finally {
    await page.close();
  }
}

/** The enrollment page with its simulated reader in use, against a page with one empty Lit element. Builds the pages as they are shipped. */
export async function benchPageLoad(): Promise<void> {
  heading('A page is usable, Chromium');
  const folder = mkdtempSync(path.join(tmpdir(), 'web-minidriver-pages-'));
  execFileSync(path.join(root, 'node_modules', '.bin', 'vite'), ['build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const pages = await serveFolder(folderFiles(folder));
  const empty = await serve(await bundle('empty-lit.ts'));
  try {
    await inChromium(async (context) => {
      await context.addInitScript({ content: noteWhenUsable });
      await context.addInitScript({ content: benchInUse });
      const times: { readonly enroll: number[]; readonly lit: number[] } = { enroll: [], lit: [] };
      // The first of each fills the caches.
      for (let round = 0; round <= ROUNDS; round++) {
        const [lit, enroll] = [await load(context, empty.url), await load(context, `${pages.origin}/enroll.html`)];
        if (round === 0) continue;
        times.lit.push(lit);
        times.enroll.push(enroll);
      }
      // Traced loads are slower: they tell the work, not the time.
      fact(`empty Lit page   ${await pageWork(context, empty.url, TRACED)}`);
      fact(`enrollment page  ${await pageWork(context, `${pages.origin}/enroll.html`, TRACED)}`);
      const [lit, enroll] = [median(times.lit), median(times.enroll)];
      ratio({
        name: 'enrollment page with the simulated reader / empty Lit page',
        value: enroll / lit,
        budget: 1.5,
        note: `${lit.toFixed(0)} ms empty, ${enroll.toFixed(0)} ms enrollment`,
      });
    });
  } finally {
    pages.close();
    empty.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
