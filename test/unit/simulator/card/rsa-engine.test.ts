import { constants, createPrivateKey, generateKeyPairSync, privateDecrypt, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { copy, type Bytes } from '../../../../src/codec/bytes.ts';
import { toHex } from '../../../../src/codec/hex.ts';
import { bigIntRsa, coreRsa, type RsaPrivateKey } from '../../../../src/simulator/card/rsa-engine.ts';

function cardKey(keyBits: number): { readonly key: RsaPrivateKey; readonly oracle: (block: Bytes) => string } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: keyBits });
  const jwk = privateKey.export({ format: 'jwk' });
  const part = (text: string | undefined): Bytes => copy(Buffer.from(text ?? '', 'base64url'));
  const key = {
    modulus: part(jwk.n),
    publicExponent: part(jwk.e),
    p: part(jwk.p),
    q: part(jwk.q),
    dP: part(jwk.dp),
    dQ: part(jwk.dq),
    qInv: part(jwk.qi),
  };
  const node = createPrivateKey({ key: jwk, format: 'jwk' });
  return { key, oracle: (block) => privateDecrypt({ key: node, padding: constants.RSA_NO_PADDING }, block).toString('hex') };
}

function block(lengthBytes: number): Bytes {
  const out = copy(randomBytes(lengthBytes));
  out[0] = 0;
  return out;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

describe('the card’s RSA', () => {
  it.each([1024, 2048, 3072, 4096])('core and BigInt give what OpenSSL gives, %i bits', async (keyBits) => {
    const { key, oracle } = cardKey(keyBits);
    for (let i = 0; i < 3; i++) {
      const input = block(keyBits / 8);
      expect(toHex(await coreRsa(key, input))).toBe(oracle(input));
      expect(toHex(await bigIntRsa(key, input))).toBe(oracle(input));
    }
  });

  it('the core does the work: one instance a key', async () => {
    const Real = WebAssembly.Instance;
    let instances = 0;
    vi.spyOn(WebAssembly, 'Instance').mockImplementation(function counted(module, imports) {
      instances++;
      return new Real(module, imports);
    });
    const [one, two] = [cardKey(1024), cardKey(1024)];
    for (const { key } of [one, two, one, one, two]) await coreRsa(key, block(128));
    // One more may be the test of the fused multiply-add.
    expect([2, 3]).toContain(instances);
  });

  it('where WebAssembly is forbidden BigInt does it', async () => {
    vi.resetModules();
    const refusal = vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new WebAssembly.CompileError('blocked by the policy'));
    const instances = vi.spyOn(WebAssembly, 'Instance');
    const again = await import('../../../../src/simulator/card/rsa-engine.ts');
    const { key, oracle } = cardKey(1024);
    const input = block(128);
    expect(toHex(await again.coreRsa(key, input))).toBe(oracle(input));
    expect(refusal).toHaveBeenCalled();
    expect(instances).not.toHaveBeenCalled();
  });

  it('neither releases anything from a damaged key', async () => {
    const { key } = cardKey(1024);
    const damaged = { ...key, dP: key.dP.map((octet, i) => (i === 9 ? octet ^ 1 : octet)) };
    await expect(coreRsa(damaged, block(128))).rejects.toThrow();
    await expect(bigIntRsa(damaged, block(128))).rejects.toThrow();
  });
});
