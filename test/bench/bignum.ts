import { setFlagsFromString } from 'node:v8';
import { gzipSync } from 'node:zlib';
import { bundle, inChromium, serve } from './browser.ts';
import { compare, type Measured } from './measure.ts';
import { heading, ratio } from './report.ts';
import { rsaContenders } from './rsa-contenders.ts';

const of = (list: readonly Measured[], name: string): number => list.find((one) => one.name === name)?.medianMs ?? Number.NaN;
const times = (list: readonly Measured[]): string => list.map((one) => `${one.name} ${one.medianMs.toFixed(3)} ms`).join(', ');

/** The RSA core against BigInt and WebCrypto, check and blinding included. */
export async function benchBignum(): Promise<void> {
  heading('RSA private operation, Chromium');
  const server = await serve(await bundle('bignum.ts'));
  try {
    await inChromium(async (context) => {
      const page = await context.newPage();
      await page.goto(server.url);
      await page.waitForFunction(() => typeof window.benchBignum === 'function');
      const two = await page.evaluate(() => window.benchBignum(2048));
      ratio({ name: 'RSA-2048 fma / BigInt window 5', value: of(two, 'fma') / of(two, 'BigInt'), budget: 0.75, note: times(two) });
      ratio({ name: 'RSA-2048 fma / WebCrypto sign', value: of(two, 'fma') / of(two, 'WebCrypto'), budget: 1.7 });
      const four = await page.evaluate(() => window.benchBignum(4096));
      ratio({ name: 'RSA-4096 fma / WebCrypto sign', value: of(four, 'fma') / of(four, 'WebCrypto'), budget: 1.4, note: times(four) });
      reached(two, 'fma', 'WebCrypto');
      for (const withoutFma of [false, true]) {
        const load = await page.evaluate((without) => window.benchInstantiate(without), withoutFma);
        ratio({ name: `instantiation, ${load.kind}`, value: load.medianMs, budget: 1, unit: ' ms' });
      }
    });
  } finally {
    server.close();
  }
  heading('RSA private operation, Node');
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  const node = await compare(await rsaContenders(2048));
  ratio({ name: 'RSA-2048 scalar / BigInt window 5', value: of(node, 'scalar') / of(node, 'BigInt'), budget: 0.6, note: times(node) });
  ratio({ name: 'both modules, gzip', value: (await gzipBytes()) / 1000, budget: 8, unit: ' kB' });
}

/** Both built modules. */
async function gzipBytes(): Promise<number> {
  const { wasm: fma } = await import('../../src/crypto/bignum/generated/fma.ts');
  const { wasm: scalar } = await import('../../src/crypto/bignum/generated/scalar.ts');
  return [fma, scalar].reduce((sum, wasm) => sum + gzipSync(Buffer.from(wasm, 'base64'), { level: 9 }).length, 0);
}

/** What was reached, and what stands in the way of the next tenth. */
function reached(list: readonly Measured[], name: string, other: string): void {
  console.log(
    `  reached: ${name} takes ${(of(list, name) / of(list, other)).toFixed(2)} x ${other}. In the way of the next tenth: the multiplications themselves (two fused ones a limb product;\n` +
      '  by their count about nine tenths of the time), which only fewer limb products (one level of Karatsuba) or wider vectors would spare; check and table look-up are the rest.',
  );
}
