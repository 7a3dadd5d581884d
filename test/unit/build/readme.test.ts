import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rolldown } from 'rolldown';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root } from '../../arch/sources.ts';

/* The TypeScript of the README: it compiles against the library, and the script runs in Node as it stands. */

const samples = [...readFileSync(path.join(root, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code ?? '');
const script = samples.find((code) => code.includes('CardAcquireContext')) ?? '';

/** The source of an entry: the sub-path as package.json has it. */
const sourceOf = (name: string): string => path.join(root, 'src', name.slice('web-minidriver/'.length), 'index.ts');

/** What the compiler says of each sample. */
function mistakes(codes: readonly string[]): string[][] {
  const folder = mkdtempSync(path.join(root, 'node_modules', '.readme-'));
  try {
    const files = codes.map((_, index) => path.join(folder, `sample-${index}.ts`));
    files.forEach((file, index) => writeFileSync(file, codes[index] ?? ''));
    const { options, errors } = ts.convertCompilerOptionsFromJson(
      {
        ...(JSON.parse(readFileSync(path.join(root, 'tsconfig.json'), 'utf8')) as { compilerOptions: object }).compilerOptions,
        isolatedDeclarations: false,
        declaration: false,
        paths: { 'web-minidriver/*': [path.join(root, 'src', '*', 'index.ts')] },
      },
      root,
    );
    expect(errors).toEqual([]);
    const program = ts.createProgram([...files, path.join(root, 'src', 'ui', 'wm-enroll', 'wm-enroll.define.ts')], options);
    return files.map((file) => {
      const source = program.getSourceFile(file);
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a sample in Node; what it printed. */
async function printed(code: string): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'web-minidriver-readme-'));
  try {
    const bundle = await rolldown({
      input: 'sample.ts',
      platform: 'node',
      logLevel: 'silent',
      plugins: [
        {
          name: 'sample',
          resolveId: (name) => (name === 'sample.ts' ? path.join(root, 'sample.ts') : name.startsWith('web-minidriver/') ? sourceOf(name) : null),
          load: (id) => (id === path.join(root, 'sample.ts') ? code : null),
        },
      ],
    });
    await bundle.write({ dir: folder, format: 'es', entryFileNames: 'sample.mjs', chunkFileNames: '[name].mjs' });
    await bundle.close();
    const done = spawnSync(process.execPath, [path.join(folder, 'sample.mjs')], { encoding: 'utf8', timeout: 60_000 });
    if (done.status !== 0) throw new Error(done.stderr);
    return done.stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the samples of the README', () => {
  it('compile, and a name that is not there is found', () => {
    expect(samples.length).toBeGreaterThanOrEqual(2);
    const [planted, ...found] = mistakes([script.replaceAll('CardContainers', 'CardContainer'), ...samples]);
    expect(found).toEqual(samples.map(() => []));
    expect(planted?.join()).toContain('CardContainer');
  }, 180_000);

  it('the script runs in Node, and what it leaves is a card with a certificate', async () => {
    const more = `\nconst again = createPivCard({ profile: 'yubikey-5.7', image: JSON.parse(JSON.stringify(simulatedCard.save())) });
again.reset('cold');
for (const command of ['00a404000ba000000308000010000100', '00cb3fff0000055c035fc1050000'])
  console.log('answer', Buffer.from(await again.transmit(fromHex(command))).toString('hex'));`;
    const out = await printed(script + more);
    expect(out).toContain('Simulated Reader');
    const der = /308[12][0-9a-f]+/.exec(out.split('answer').at(-1) ?? '')?.[0] ?? '';
    const certificate = new X509Certificate(Buffer.from(der, 'hex'));
    expect([certificate.subject, certificate.verify(certificate.publicKey)]).toEqual(['CN=Ada Lovelace', true]);
    await expect(printed(script.replace("encode('123456')", "encode('654321')"))).rejects.toThrow('SCARD_W_WRONG_CHV');
  }, 180_000);
});
