import assert from 'node:assert/strict';
import { type Bytes, bytes } from '../../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../../src/codec/hex.ts';
import { writeTlv } from '../../../../src/codec/tlv.ts';
import { ecdsaRawToDer } from '../../../../src/crypto/ec.ts';
import { ed25519Sign, x25519 } from '../../../../src/piv/curve25519.ts';
import { verifyFingerprintForPin } from '../../../../src/piv/fingerprint.ts';
import { ecdh, ecdsaSign, privateOperation, rsaPrivate } from '../../../../src/piv/keys.ts';
import type { Secret } from '../../../secret-search.ts';
import { P256 } from './answer-rows.ts';
import { answering } from './answering.ts';
import { isCardError, type Row, row } from './judge.ts';

/* Results of private keys, and what a fingerprint gives: secrets on their way to the host. */

const refuses = isCardError('bad-answer');
/** Octets that look like nothing else, so that they are found wherever they come up. */
const secret = (length: number): Bytes => bytes(Array.from({ length }, (_, i) => 0x91 + ((i * 37) % 101)));
const result = (octets: Bytes): Bytes => writeTlv(0x7c, writeTlv(0x82, octets));
const secretOf = (octets: Bytes): readonly Secret[] => [{ name: 'result', octets }];
const [r, s] = [secret(32), secret(32).reverse()];

export const OPERATION_ROWS: readonly Row[] = [
  row({
    name: 'GENERAL AUTHENTICATE with a private key',
    covers: ['keys.ts privateOperation'],
    samples: [result(secret(40))],
    framing: 'one',
    named: true,
    secrets: secretOf(secret(40)),
    refuses,
    read: async (body) => privateOperation(await answering(body), 0x9a, 0x07, 0x81, bytes(4), undefined),
    wellFormed: (octets, body) => assert.ok(octets.length <= body.length - 2),
  }),
  row({
    name: 'RSA-2048, signature or plaintext',
    covers: ['keys.ts privateOperation'],
    samples: [result(secret(256)), result(secret(255))],
    framing: 'one',
    anew: true,
    secrets: secretOf(secret(255)),
    refuses,
    read: async (body) => rsaPrivate(await answering(body), 0x9a, bytes(256).fill(1)),
    wellFormed: (octets, body) => {
      assert.equal(octets.length, 256);
      assert.ok(toHex(body).includes(toHex(octets).replace(/^(00)+/, '')) && octets.some((each) => each !== 0));
    },
  }),
  row({
    name: 'ECDSA on P-256',
    covers: ['keys.ts privateOperation'],
    samples: [result(ecdsaRawToDer('P-256', bytes([...r, ...s])))],
    framing: 'one',
    anew: true,
    refuses,
    read: async (body) => ecdsaSign(await answering(body), 0x9a, 'P-256', bytes(32).fill(1)),
    // Strict DER: what comes out stands in the answer in its only form.
    wellFormed: (raw, body) => assert.ok(raw.length === 64 && toHex(body).includes(toHex(ecdsaRawToDer('P-256', raw)))),
  }),
  row({
    name: 'ECDH on P-256',
    covers: ['keys.ts privateOperation'],
    samples: [result(secret(32))],
    framing: 'one',
    secrets: secretOf(secret(32)),
    refuses,
    read: async (body) => ecdh(await answering(body), 0x9d, 'P-256', P256),
    wellFormed: (shared) => assert.equal(shared.length, 32),
  }),
  row({
    name: 'Ed25519',
    covers: ['keys.ts privateOperation'],
    samples: [result(secret(64))],
    framing: 'one',
    refuses,
    read: async (body) => ed25519Sign(await answering(body), 0x9a, bytes(3)),
    wellFormed: (signature) => assert.equal(signature.length, 64),
  }),
  row({
    name: 'X25519',
    covers: ['keys.ts privateOperation'],
    samples: [result(secret(32))],
    framing: 'one',
    secrets: secretOf(secret(32)),
    refuses,
    read: async (body) => x25519(await answering(body), 0x9d, bytes(32).fill(9)),
    wellFormed: (shared) => assert.ok(shared.length === 32 && shared.some((each) => each !== 0)),
  }),
  row({
    name: 'temporary PIN of a fingerprint',
    covers: ['fingerprint.ts verify'],
    samples: [fromHex('c1c2c3c4c5c6c7c8d1d2d3d4d5d6d7d8')],
    framing: 'fixed',
    secrets: secretOf(fromHex('c1c2c3c4c5c6c7c8d1d2d3d4d5d6d7d8')),
    refuses,
    read: async (body) => verifyFingerprintForPin(await answering(body)),
    wellFormed: (pin) => assert.equal(pin.length, 16),
  }),
];
