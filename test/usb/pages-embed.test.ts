import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPivCard } from '../../src/simulator/card/index.ts';
import { createSimulatedReader } from '../../src/simulator/reader/index.ts';
import { enroll as words } from '../../src/ui/messages/en/enroll.ts';
import { pages } from '../../src/ui/messages/en/pages.ts';
import { shared } from '../../src/ui/messages/en/shared.ts';
import { type Lab, startLab } from './lab.ts';
import { enrollByMouse, type Wish } from './pages-hands.ts';
import { looks, servePages, watch } from './pages-lab.ts';
import { type Files, serve, type TestServer } from './server.ts';

const wish: Wish = { purpose: 'authentication', place: 'PIV 9A', keyType: 'P-256', name: 'Ada Lovelace', pin: '123456' };
const reader = createSimulatedReader({ productName: 'Vendor reader', interfaceClass: 0xff, cards: [createPivCard({ profile: 'nist' })] });

const folder = mkdtempSync(path.join(tmpdir(), 'wm-embed-'));
let pagesServer: TestServer;
let host: TestServer;
let lab: Lab;
let page: Page;
let files: Files = {};

beforeAll(async () => {
  pagesServer = await servePages();
  host = await serve((urlPath) => files[urlPath] ?? null);
  const { vendorId, productId, serialNumber } = reader.device.options;
  const grant = [{ vendorId, productId, serialNumber: serialNumber ?? '' }];
  lab = await startLab({ grants: { [host.origin]: grant } });
  lab.bus.plug('1-1', reader.device);
});

afterAll(async () => {
  await lab?.close();
  pagesServer?.close();
  host?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The bundle as `npm run build` makes it. */
function bundle(): string {
  const root = path.resolve(import.meta.dirname, '..', '..');
  const args = [
    'build',
    '--config',
    path.join(root, '.config', 'vite.bundle.ts'),
    '--outDir',
    folder,
    '--emptyOutDir',
    'false',
    '--logLevel',
    'error',
  ];
  // Not this process's environment: under test the packages would be taken in their development form.
  execFileSync(path.join(root, 'node_modules', '.bin', 'vite'), args, { cwd: root, env: { ...process.env, NODE_ENV: 'production' } });
  return readFileSync(path.join(folder, 'web-minidriver.js'), 'utf8');
}

/** An authority that we did not write: OpenSSL. */
class OpenSslAuthority {
  readonly #key = path.join(folder, 'ca.key');
  readonly #certificate = path.join(folder, 'ca.pem');

  constructor() {
    const subject = ['-subj', '/CN=Example Corp CA'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', this.#key, '-out', this.#certificate, '-days', '30', ...subject],
      {
        stdio: 'pipe',
      },
    );
  }

  issue(request: Uint8Array): Buffer {
    const [csr, out] = [path.join(folder, 'request.der'), path.join(folder, 'certificate.der')];
    writeFileSync(csr, request);
    const args = ['x509', '-req', '-inform', 'DER', '-in', csr, '-CA', this.#certificate, '-CAkey', this.#key, '-set_serial', '7', '-days', '30'];
    execFileSync('openssl', [...args, '-outform', 'DER', '-out', out], { stdio: 'pipe' });
    return readFileSync(out);
  }
}

describe('the embedding page', () => {
  it('shows the events of its element as they come', async () => {
    page = await lab.open(`${pagesServer.origin}/embed.html`);
    await page.getByText(pages.embed.noEvents).waitFor();
    await page.getByRole('button', { name: pages.bench.offerAction }).click();
    await page.getByRole('heading', { name: words.overview.title }).waitFor();
    const log = page.getByRole('log', { name: pages.embed.eventsTitle });
    await expect.poll(() => log.getByRole('listitem').first().innerText()).toContain('{"kind":"overview","step":"card"}');
    expect(await looks(page)).toEqual([]);
  });

  it('its samples, taken from the page with the bundle beside them, enroll at an authority of the host', async () => {
    const sample = (name: string): Promise<string> => page.getByRole('region', { name, exact: true }).locator('code').innerText();
    const [markup, script, style] = [
      await sample(pages.embed.markupTitle),
      await sample(pages.embed.scriptTitle),
      await sample(pages.embed.styleTitle),
    ];
    await page.close();
    files = {
      '/': ['text/html', `<!doctype html><html lang="en"><title>Host</title><style>${style}</style><main><h1>Host</h1>${markup}</main></html>`],
      '/app.js': ['text/javascript', script],
      '/web-minidriver.js': ['text/javascript', bundle()],
    };
    const authority = new OpenSslAuthority();
    let issued: Buffer | undefined;
    page = await lab.context.newPage();
    const { complaints } = watch(page);
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    await page.route('**/enroll', (route) => {
      issued = authority.issue(route.request().postDataBuffer() ?? new Uint8Array(0));
      return route.fulfill({ contentType: 'application/pkix-cert', body: issued });
    });
    await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
    await page.goto(`${host.origin}/`);
    const { fingerprint } = await enrollByMouse(page, wish, { authority: 'Example Corp' });
    expect(issued).toBeDefined();
    const certificate = new X509Certificate(issued ?? '');
    expect(certificate.issuer).toBe('CN=Example Corp CA');
    expect(certificate.subject).toBe('CN=Ada Lovelace');
    expect(fingerprint).toBe(certificate.fingerprint256.replaceAll(':', '').toLowerCase());
    expect(said).toContain(`PIV 9A ${fingerprint}`);
    expect(complaints).toEqual([]);
    // Nothing in it says that it is a demonstration or simulated.
    for (const text of [shared.demonstration, shared.simulated]) expect(await page.getByText(text, { exact: true }).count()).toBe(0);
    expect(await page.locator('wm-enroll').evaluate((element) => getComputedStyle(element).getPropertyValue('--wm-radius'))).toBe('10px');
    await page.close();
  });
});
