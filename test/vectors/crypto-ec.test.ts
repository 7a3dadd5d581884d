import { createECDH, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { type Bytes, concat, copy } from '../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../src/codec/hex.ts';
import { agree, agreeEphemeral, checkEcKeyPair, curve25519Support, verifyEd25519 } from '../../src/crypto/agree.ts';
import { compressPoint, decompressPoint } from '../../src/crypto/ec-point.ts';
import { checkPoint, CURVES, type CurveName } from '../../src/crypto/ec.ts';
import { CryptoError } from '../../src/crypto/errors.ts';
import { corporaAbsent } from '../corpora.ts';
import { rspVectors } from '../unit/crypto/rsp.ts';
import { text, wycheproof } from '../unit/crypto/wycheproof.ts';
import { counted, nistAbsent, nistText } from './crypto-corpus.ts';

const curves = Object.keys(CURVES) as CurveName[];
const octets = (hex: string, lengthBytes: number): Bytes => fromHex(hex.padStart(2 * lengthBytes, '0').slice(-2 * lengthBytes));

/** The value, or the reason of a CryptoError. */
async function outcome(body: () => Bytes | Promise<Bytes>): Promise<string> {
  try {
    return toHex(await body());
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    return error.reason;
  }
}

describe('points', () => {
  test.skipIf(nistAbsent('asymmetric/EC/compressed_points.txt') !== undefined)('compressed points of OpenSSL', () => {
    let count = 0;
    for (const v of rspVectors(nistText('asymmetric/EC/compressed_points.txt'))) {
      if (v.text('CURVE') !== 'SECP256R1') continue;
      const whole = `04${v.text('X')}${v.text('Y')}`;
      expect(toHex(decompressPoint('P-256', v.hex('POINT')))).toBe(whole);
      expect(toHex(compressPoint('P-256', fromHex(whole)))).toBe(v.text('POINT').toLowerCase());
      count++;
    }
    expect(count).toBeGreaterThan(1);
    counted('compressed_points', { done: count });
  });

  it.each(curves)('%s: OpenSSL points come back from both compressed forms; a coordinate off the curve is refused', (curve) => {
    const { fieldBytes } = CURVES[curve];
    const name = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' }[curve];
    let refused = 0;
    for (let i = 0; i < 20; i++) {
      const ecdh = createECDH(name);
      ecdh.generateKeys();
      const whole = ecdh.getPublicKey('hex');
      expect(toHex(decompressPoint(curve, fromHex(ecdh.getPublicKey('hex', 'compressed'))))).toBe(whole);
      expect(toHex(decompressPoint(curve, fromHex(whole)))).toBe(whole);
      const off = fromHex(ecdh.getPublicKey('hex', 'compressed'));
      off[fieldBytes] = (off[fieldBytes] ?? 0) ^ 1;
      try {
        checkPoint(curve, decompressPoint(curve, off));
      } catch (error) {
        expect(error).toMatchObject({ reason: 'bad-point' });
        refused++;
      }
    }
    // Every second coordinate has a point.
    expect(refused).toBeGreaterThan(0);
    for (const bad of [
      concat(Uint8Array.of(2), new Uint8Array(fieldBytes).fill(255)),
      concat(Uint8Array.of(5), new Uint8Array(fieldBytes)),
      new Uint8Array(0),
      new Uint8Array(fieldBytes).fill(2),
    ])
      expect(() => decompressPoint(curve, bad)).toThrow(expect.objectContaining({ reason: 'bad-point' }));
  });
});

describe('agreement', () => {
  const files = ['ecdh_secp256r1_ecpoint', 'ecdh_secp384r1_ecpoint'] as const;
  test.skipIf(corporaAbsent !== undefined).each(files)('Wycheproof %s', async (name) => {
    const curve: CurveName = name.includes('256') ? 'P-256' : 'P-384';
    const { fieldBytes } = CURVES[curve];
    const counts = { agreed: 0, refused: 0 };
    for (const group of wycheproof(`${name}_test.json`))
      for (const v of group.tests) {
        const privateKey = octets(text(v, 'private'), fieldBytes);
        const got = await outcome(() => agree(curve, privateKey, decompressPoint(curve, fromHex(text(v, 'public')))));
        if (v.result === 'invalid') {
          expect(got, `test ${v.tcId}`).toMatch(/^bad-(point|key)$/);
          counts.refused++;
        } else {
          expect(got, `test ${v.tcId}`).toBe(text(v, 'shared'));
          counts.agreed++;
        }
      }
    expect(counts.agreed).toBeGreaterThan(100);
    expect(counts.refused).toBeGreaterThan(5);
    counted(name, counts);
  });

  const fax = 'asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_init.fax';
  test.skipIf(nistAbsent(fax) !== undefined)('NIST KAS validity: secrets, and points and keys that must be refused', async () => {
    const counts: Record<string, number> = {};
    const sections: Record<string, CurveName> = { EC: 'P-256', ED: 'P-384', EE: 'P-521' };
    for (const v of rspVectors(nistText(fax))) {
      const curve = sections[v.section.slice(0, 2)];
      if (curve === undefined || !v.has('dsIUT')) continue;
      const { fieldBytes } = CURVES[curve];
      const point = (x: string, y: string): Bytes => concat(Uint8Array.of(4), octets(v.text(x), fieldBytes), octets(v.text(y), fieldBytes));
      const [theirs, ours, mine] = [point('QsCAVSx', 'QsCAVSy'), point('QsIUTx', 'QsIUTy'), octets(v.text('dsIUT'), fieldBytes)];
      const result = v.text('Result');
      const got = await outcome(async () => {
        await checkEcKeyPair(curve, mine, ours);
        return agree(curve, mine, theirs);
      });
      // F (1..5): a point or private number is wrong. Other failures are of Z or its hash: there the secret must differ from the one printed.
      const z = toHex(octets(v.text('Z'), fieldBytes));
      if (result.startsWith('P')) expect(got, result).toBe(z);
      else if (/Z value|Z\b.*(chang|modif)|hash/i.test(result)) expect(got, result).not.toMatch(/^bad-/);
      else expect(got, result).toMatch(/^bad-(point|key)$/);
      counts[result] = (counts[result] ?? 0) + 1;
    }
    expect(Object.keys(counts).length).toBeGreaterThan(2);
    counted('KASValidityTest ZZOnly', counts);
  });

  it.each(curves)('%s: an ephemeral agreement is what OpenSSL gets from the other side', async (curve) => {
    const ecdh = createECDH({ 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' }[curve]);
    ecdh.generateKeys();
    const { point, z } = await agreeEphemeral(curve, copy(ecdh.getPublicKey()));
    expect(toHex(z)).toBe(ecdh.computeSecret(point).toString('hex'));
  });
});

describe('Curve25519', () => {
  it('this engine has both', async () => {
    expect(await curve25519Support()).toEqual({ Ed25519: true, X25519: true });
  });

  test.skipIf(corporaAbsent !== undefined)('Wycheproof x25519', async () => {
    const counts = { agreed: 0, 'refused, as may be': 0 };
    for (const group of wycheproof('x25519_test.json'))
      for (const v of group.tests) {
        const got = await outcome(() => agree('X25519', fromHex(text(v, 'private')), fromHex(text(v, 'public'))));
        if (got === text(v, 'shared')) counts.agreed++;
        else {
          // Zero secrets only, which the file calls acceptable.
          expect([got, v.result, /^0*$/.test(text(v, 'shared'))], `test ${v.tcId}`).toEqual(['bad-point', 'acceptable', true]);
          counts['refused, as may be']++;
        }
      }
    expect(counts.agreed).toBeGreaterThan(200);
    counted('x25519', counts);
  });

  test.skipIf(corporaAbsent !== undefined)('Wycheproof ed25519', async () => {
    const counts = { accepted: 0, refused: 0 };
    for (const group of wycheproof('ed25519_test.json')) {
      const pk = fromHex((group['publicKey'] as { pk: string }).pk);
      for (const v of group.tests) {
        const good = await verifyEd25519(pk, fromHex(text(v, 'sig')), fromHex(text(v, 'msg')));
        expect(good, `test ${v.tcId}`).toBe(v.result === 'valid');
        counts[good ? 'accepted' : 'refused']++;
      }
    }
    expect(counts.accepted).toBeGreaterThan(40);
    expect(counts.refused).toBeGreaterThan(20);
    counted('ed25519', counts);
  });
});

describe('a private key and its public one', () => {
  const raw = (text64: string | undefined): Bytes => copy(Buffer.from(text64 ?? '', 'base64url'));
  const pair = (curve: CurveName | 'Ed25519' | 'X25519'): { d: Bytes; point: Bytes } => {
    const { privateKey } =
      curve === 'Ed25519'
        ? generateKeyPairSync('ed25519')
        : curve === 'X25519'
          ? generateKeyPairSync('x25519')
          : generateKeyPairSync('ec', { namedCurve: curve });
    const jwk = privateKey.export({ format: 'jwk' });
    return { d: raw(jwk.d), point: jwk.y === undefined ? raw(jwk.x) : concat(Uint8Array.of(4), raw(jwk.x), raw(jwk.y)) };
  };

  it.each([...curves, 'Ed25519', 'X25519'] as const)('%s: of one pair pass, of two do not, nor out of range', async (curve) => {
    const [one, two] = [pair(curve), pair(curve)];
    await checkEcKeyPair(curve, one.d, one.point);
    await expect(checkEcKeyPair(curve, one.d, two.point)).rejects.toMatchObject({ reason: 'bad-key' });
    await expect(checkEcKeyPair(curve, one.d.subarray(1), one.point)).rejects.toMatchObject({ reason: 'bad-key' });
    await expect(checkEcKeyPair(curve, one.d, one.point.subarray(1))).rejects.toMatchObject({ reason: 'bad-point' });
    if (curve === 'Ed25519' || curve === 'X25519') return;
    const { fieldBytes, n } = CURVES[curve];
    const order = octets(n.toString(16), fieldBytes);
    for (const bad of [new Uint8Array(fieldBytes), order, new Uint8Array(fieldBytes).fill(255)])
      await expect(checkEcKeyPair(curve, bad, one.point)).rejects.toMatchObject({ reason: 'bad-key' });
  });
});
