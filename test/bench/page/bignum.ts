import { compare, median, type Measured } from '../measure.ts';
import { rsaContenders } from '../rsa-contenders.ts';
import { loadBignum } from '../../../src/crypto/bignum/index.ts';

declare global {
  interface Window {
    benchBignum(keyBits: number): Promise<Measured[]>;
    benchInstantiate(withoutFma: boolean): Promise<{ readonly kind: string; readonly medianMs: number }>;
  }
}

window.benchBignum = async (keyBits) => compare(await rsaContenders(keyBits), { batchMs: keyBits > 3000 ? 250 : 120, rounds: 7 });
window.benchInstantiate = async (withoutFma) => {
  const module = await loadBignum({ withoutFma });
  const times: number[] = [];
  for (let i = 0; i < 50; i++) {
    const start = performance.now();
    module.instantiate();
    times.push(performance.now() - start);
  }
  return { kind: module.kind, medianMs: median(times) };
};
