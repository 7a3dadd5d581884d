import path from 'node:path';
import { build, mergeConfig, type InlineConfig } from 'vite';
import { describe, expect, it } from 'vitest';
import bundleConfig from '../../../.config/vite.bundle.ts';
import { filesUnder, root } from '../../arch/sources.ts';

interface Built {
  readonly modules: readonly string[];
  readonly code: string;
  readonly chunks: number;
}

/** Builds in memory: what went in, and what came out. */
async function built(config: InlineConfig): Promise<Built> {
  const result = await build(mergeConfig(config, { configFile: false, logLevel: 'error', build: { write: false } } satisfies InlineConfig));
  const output = (Array.isArray(result) ? result : [result]).flatMap((one) => ('output' in one ? one.output : []));
  const chunks = output.flatMap((item) => (item.type === 'chunk' ? [item] : []));
  return {
    modules: chunks.flatMap((chunk) => chunk.moduleIds.map((id) => path.relative(root, id))),
    code: chunks.map((chunk) => chunk.code).join('\n'),
    chunks: chunks.length,
  };
}

/** The same build for entries of one's own. */
const graphOf = (entries: readonly string[]): Promise<Built> =>
  built({
    root,
    publicDir: false,
    build: { minify: true, target: 'es2022', rolldownOptions: { input: [...entries], preserveEntrySignatures: 'strict' } },
  });

/** Texts that stand nowhere but in the simulator and in the demonstration authority, and survive minification. */
const marks = ['Simulated PIV card', 'not to be trusted,O=web-minidriver demonstration'];

/** What must not be in a product that an embedder ships. */
const simulatedParts = ({ modules, code }: Built): string[] => [
  ...modules.filter((id) => /^(src\/simulator|web\/(demonstration-ca|simulator-bench))/.test(id)),
  ...marks.filter((text) => code.includes(text)),
];

describe('simulator and demonstration authority', () => {
  it('are not in the bundle, which is one file and registers the elements', async () => {
    const bundle = await built(bundleConfig);
    expect(bundle.chunks).toBe(1);
    expect(bundle.modules).toContain('src/ui/wm-enroll/wm-enroll.define.ts');
    expect(bundle.modules).toContain('src/minidriver/acquire.ts');
    for (const tag of ['wm-enroll', 'wm-diagnostics', 'wm-readers']) expect(bundle.code, tag).toContain(tag);
    expect(simulatedParts(bundle)).toEqual([]);
    expect(bundle.code).not.toMatch(/\bimport\s*\(\s*["'`]\./);
  });

  it('are not in anything that src/app and src/ui reach', async () => {
    const entries = [...filesUnder('src/app'), ...filesUnder('src/ui')].map((file) => path.join(root, file));
    expect(entries.length).toBeGreaterThan(20);
    expect(simulatedParts(await graphOf(entries))).toEqual([]);
  });

  it.each([
    ['the simulator', 'src/simulator/index.ts', 'Simulated PIV card'],
    ['the demonstration authority', 'web/demonstration-ca.ts', 'not to be trusted,O=web-minidriver demonstration'],
    ['a page that composes both', 'web/enroll.ts', undefined],
  ])('would be found: %s', async (_name, entry, mark) => {
    const found = simulatedParts(await graphOf([path.join(root, entry)]));
    expect(found.some((item) => item.startsWith('src/') || item.startsWith('web/'))).toBe(true);
    if (mark !== undefined) expect(found).toContain(mark);
  });
});
