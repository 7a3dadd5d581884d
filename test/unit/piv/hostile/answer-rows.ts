import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { type Bytes, bytes, concat, copy } from '../../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../../src/codec/hex.ts';
import { writeTlv } from '../../../../src/codec/tlv.ts';
import { type PublicKey, publicKeyJwk } from '../../../../src/crypto/public-key.ts';
import { authenticateCard } from '../../../../src/piv/card-authentication.ts';
import { curve25519Key, generateCurve25519 } from '../../../../src/piv/curve25519.ts';
import { getData, readCertificate, readDiscovery, retiredKeysOnCard } from '../../../../src/piv/data-objects.ts';
import { attestKey, generateKey } from '../../../../src/piv/keys.ts';
import { authenticateManagement, getChallenge, managementAlgorithmOf, typedManagementKey } from '../../../../src/piv/management.ts';
import { getMetadata, getSerial, parsePublicKey } from '../../../../src/piv/metadata.ts';
import { PivSession, parseApplicationProperties } from '../../../../src/piv/session.ts';
import { testCertificate } from '../test-certificate.ts';
import { answering, good, replying, session } from './answering.ts';
import { isCardError, type Row, row } from './judge.ts';
import { parseDiscovery } from '../../../../src/piv/card-objects.ts';

/* Answers that tell something: the application, objects, metadata, public keys, challenges. */

const octet = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xff;
const numbers = (jwk: JsonWebKey, ...names: readonly ('n' | 'e' | 'x' | 'y')[]): Bytes[] =>
  names.map((name) => copy(Buffer.from(jwk[name] ?? '', 'base64url')));

const [MODULUS = bytes(0), EXPONENT = bytes(0)] = numbers(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }),
  'n',
  'e',
);
const pointOn = (namedCurve: string): Bytes =>
  concat(bytes([4]), ...numbers(generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }), 'x', 'y'));
export const P256: Bytes = pointOn('P-256');
const RSA_KEY = concat(writeTlv(0x81, MODULUS), writeTlv(0x82, EXPONENT));
const badAnswer = isCardError('bad-answer');

/** What node:crypto takes as well. */
function checkKey(key: PublicKey): void {
  createPublicKey({ key: publicKeyJwk(key) as never, format: 'jwk' });
  if (key.kind === 'rsa') assert.ok(key.modulus.length <= 513 && ((key.publicExponent.at(-1) ?? 0) & 1) === 1);
}

const METADATA = concat(fromHex('010111 02020302 030101'), writeTlv(0x04, writeTlv(0x86, P256)), fromHex('050100 06020302 070101 080100'));

const generated = (name: string, type: Parameters<typeof generateKey>[2], sample: Bytes): Row =>
  row({
    name: `GENERATE, ${name}`,
    covers: ['keys.ts generateKey'],
    samples: [writeTlv(0x7f49, sample)],
    framing: 'one',
    refuses: badAnswer,
    read: async (body) => generateKey(await answering(body), 0x9a, type),
    wellFormed: (key) => {
      checkKey(key);
      if (type.kind === 'rsa') assert.ok(key.kind === 'rsa' && key.modulus.length * 8 === type.keyBits && (key.modulus[0] ?? 0) >= 0x80);
      else assert.ok(key.kind === 'ec' && key.curve === type.curve);
    },
  });

/** Octets of a challenge, and the key that no error may hold. */
const CHALLENGE = fromHex('c1c2c3c4c5c6c7c8d1d2d3d4d5d6d7d8');
const KEY = fromHex('a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718');
const holder = (): ReturnType<typeof typedManagementKey> => typedManagementKey(copy(KEY), (length) => bytes(length).fill(3));
const keySecret = [{ name: 'management key', octets: KEY }];
const AES_192 = fromHex('01010a');
/** What the holder of the key answers to a challenge of threes. */
const RESPONSE = await holder().external(bytes(16).fill(3), 'AES-192');

export const ANSWER_ROWS: readonly Row[] = [
  row({
    name: 'SELECT',
    covers: ['session.ts PivSession.#select', 'session.ts PivSession.#exchange'],
    samples: [fromHex('6116 4f0ba000000308000010000100 79074f05a000000308'), fromHex('6111 4f06000010000100 79074f05a000000308')],
    framing: 'one',
    refuses: isCardError('bad-answer', 'not-piv'),
    read: async (body) => {
      const transaction = replying(() => good(bytes(0)));
      return (
        await PivSession.open({ ...transaction, transmit: async (command) => (command[1] === 0xa4 ? good(body) : transaction.transmit(command)) })
      ).application;
    },
    wellFormed: ({ aid }) => assert.match(toHex(aid ?? bytes(0)), /^(|a00000030800001000.*|00001000.*)$/),
  }),
  row({
    name: 'application property template',
    covers: ['session.ts parseApplicationProperties'],
    samples: [
      writeTlv(0x61, fromHex('4f0ba000000308000010000100 5003504956 79074f05a000000308 ac06 800127 060100')),
      writeTlv(0x61, writeTlv(0x50, bytes(60).fill(0x41))),
    ],
    framing: 'one',
    read: parseApplicationProperties,
    wellFormed: ({ label, algorithms }) => assert.ok((label?.length ?? 0) <= 64 && algorithms.every(octet)),
  }),
  row({
    name: 'GET VERSION',
    covers: ['session.ts PivSession.#identify'],
    samples: [fromHex('050701')],
    framing: 'fixed',
    read: async (body) => (await PivSession.open(replying(() => good(bytes(0)), toHex(body)))).profile.version,
    wellFormed: (version, body) => assert.deepEqual([...version], [...body]),
  }),
  row({
    name: 'GET DATA',
    covers: ['data-objects.ts getData'],
    samples: [writeTlv(0x53, fromHex('c10101 c20100'))],
    framing: 'one',
    refuses: badAnswer,
    read: async (body) => getData(await answering(body), 0x5fc10c),
    wellFormed: (content, body) => assert.ok(content.length > 0 && content.length <= body.length - 2 && body[0] === 0x53),
  }),
  row({
    name: 'GET DATA, the discovery object',
    covers: ['data-objects.ts readDiscovery'],
    samples: [writeTlv(0x7e, fromHex('4f0ba000000308000010000100 5f2f026020'))],
    framing: 'one',
    named: true,
    refuses: badAnswer,
    read: async (body) => readDiscovery(await answering(body)),
    wellFormed: (discovery, body) => assert.deepEqual(discovery, parseDiscovery(copy(body.subarray(body.length > 0x81 ? 4 : 2))) ?? discovery),
  }),
  row({
    name: 'GET DATA, how many retired keys',
    covers: ['data-objects.ts getData'],
    samples: [writeTlv(0x53, fromHex('c10103 c20100 fe00'))],
    framing: 'one',
    refuses: badAnswer,
    read: async (body) => retiredKeysOnCard(await answering(body)),
    wellFormed: (count) => assert.ok(Number.isInteger(count) && count >= 0 && count <= 20),
  }),
  row({
    name: 'GET DATA, a certificate',
    covers: ['data-objects.ts readCertificate'],
    samples: [writeTlv(0x53, writeTlv(0x70, testCertificate({ kind: 'ec', curve: 'P-256', point: P256 })), fromHex('710100 fe00'))],
    framing: 'one',
    refuses: badAnswer,
    read: async (body) => readCertificate(await answering(body), 0x5fc105),
    wellFormed: (der) => assert.equal(der[0], 0x30),
  }),
  row({
    name: 'GET METADATA of a key',
    covers: ['metadata.ts askMetadata', 'metadata.ts parseMetadata'],
    samples: [METADATA],
    framing: 'list',
    simple: true,
    named: true,
    refuses: badAnswer,
    read: async (body) => getMetadata(await answering(body), 0x9a),
    wellFormed: ({ algorithm, publicKey, retriesTotal, retriesLeft, pinRule, touch, origin }) => {
      if (publicKey !== undefined) checkKey(publicKey);
      assert.ok([algorithm, retriesTotal, retriesLeft].every((value) => value === undefined || octet(value)));
      assert.ok([undefined, 'never', 'once', 'always'].includes(pinRule) && [undefined, 'never', 'always', 'cached'].includes(touch));
      assert.ok([undefined, 'generated', 'imported'].includes(origin));
    },
  }),
  ...(['0101ff 050101 06020302', '01010a 02020001 050100', '060103 070101 080100'] as const).map((sample, i) =>
    row({
      name: `GET METADATA of ${['a PIN', 'key 9B', 'the fingerprint reader'][i] ?? ''}`,
      covers: ['metadata.ts parseMetadata'],
      samples: [fromHex(sample)],
      framing: 'list',
      simple: true,
      named: true,
      refuses: badAnswer,
      read: async (body: Bytes) => getMetadata(await answering(body), [0x80, 0x9b, 0x96][i] ?? 0),
      wellFormed: ({ retriesLeft, isDefault }) => assert.ok(octet(retriesLeft ?? 0) && [undefined, true, false].includes(isDefault)),
    }),
  ),
  row({
    name: 'GET METADATA of a key on Curve25519',
    covers: ['curve25519.ts curve25519Key', 'curve25519.ts publicKeyOf'],
    samples: [concat(fromHex('0101e0'), writeTlv(0x04, writeTlv(0x86, bytes(32).fill(7))))],
    framing: 'list',
    simple: true,
    named: true,
    refuses: badAnswer,
    read: async (body) => curve25519Key(await answering(body), 0x9a),
    wellFormed: ({ publicKey, curve }) => assert.ok(publicKey.length === 32 && ['Ed25519', 'X25519'].includes(curve)),
  }),
  row({
    name: 'GET SERIAL',
    covers: ['metadata.ts getSerial'],
    samples: [fromHex('00bc614e')],
    framing: 'fixed',
    read: async (body) => getSerial(await answering(body)),
    wellFormed: (serial) => assert.equal(serial.length, 4),
  }),
  row({
    name: 'public key',
    covers: ['metadata.ts parsePublicKey'],
    samples: [RSA_KEY, writeTlv(0x86, P256), writeTlv(0x86, pointOn('P-384'))],
    framing: 'list',
    read: (content) => parsePublicKey(content, undefined),
    wellFormed: checkKey,
  }),
  generated('RSA-2048', { kind: 'rsa', keyBits: 2048 }, RSA_KEY),
  generated('P-256', { kind: 'ec', curve: 'P-256' }, writeTlv(0x86, P256)),
  generated('P-384', { kind: 'ec', curve: 'P-384' }, writeTlv(0x86, pointOn('P-384'))),
  row({
    name: 'GENERATE, Ed25519',
    covers: ['curve25519.ts generateCurve25519', 'curve25519.ts publicKeyOf'],
    samples: [writeTlv(0x7f49, writeTlv(0x86, bytes(32).fill(7)))],
    framing: 'one',
    refuses: badAnswer,
    read: async (body) => generateCurve25519(await answering(body), 0x9a, 'Ed25519'),
    wellFormed: (key) => assert.equal(key.length, 32),
  }),
  row({
    name: 'ATTEST',
    covers: ['keys.ts attestKey'],
    samples: [testCertificate({ kind: 'ec', curve: 'P-256', point: P256 })],
    framing: 'one',
    refuses: badAnswer,
    read: async (body) => attestKey(await answering(body), 0x9a),
    wellFormed: (der) => assert.equal(der[0], 0x30),
  }),
  row({
    name: 'challenge of key 9B',
    covers: ['management.ts authenticate'],
    samples: [writeTlv(0x7c, writeTlv(0x81, CHALLENGE))],
    framing: 'one',
    named: true,
    refuses: badAnswer,
    read: async (body) => getChallenge(await session((command) => good(command[1] === 0xf7 ? AES_192 : body))),
    wellFormed: (challenge) => assert.equal(challenge.length, 16),
  }),
  row({
    name: 'algorithm of key 9B, asked for',
    covers: ['management.ts authenticate'],
    samples: [writeTlv(0x7c, writeTlv(0x81, CHALLENGE))],
    framing: 'one',
    refuses: isCardError('bad-answer', 'algorithm-unknown'),
    // A plain card, which knows AES-256 alone.
    read: async (body) => (await managementAlgorithmOf(await session((command) => (command[2] === 0x0c ? good(body) : fromHex('6a80')), '99'))).name,
    wellFormed: (name) => assert.equal(name, 'AES-256'),
  }),
  row({
    name: 'witness of key 9B',
    covers: ['management.ts authenticate'],
    samples: [writeTlv(0x7c, writeTlv(0x80, CHALLENGE))],
    framing: 'one',
    secrets: keySecret,
    refuses: badAnswer,
    // A card that gives no witness is asked for a challenge; this one refuses both that and every answer to its witness.
    read: async (body) => {
      let sent: string | undefined;
      const piv = await session((command, count) => {
        if (count === 0) return good(AES_192);
        if (count === 1) return good(body);
        sent = toHex(command);
        return fromHex('6982');
      });
      await authenticateManagement(piv, holder()).catch((error: unknown) => {
        if (!isCardError('wrong-management-key', 'not-authenticated')(error)) throw error;
      });
      return sent;
    },
    wellFormed: (sent) => assert.match(sent, /^00870a9b/),
  }),
  row({
    name: 'response of mutual authentication',
    covers: ['management.ts authenticate'],
    samples: [writeTlv(0x7c, writeTlv(0x82, RESPONSE))],
    framing: 'one',
    secrets: keySecret,
    refuses: isCardError('bad-answer', 'not-genuine'),
    read: async (body) => {
      const piv = await session((_, count) => good(count === 0 ? AES_192 : count === 1 ? writeTlv(0x7c, writeTlv(0x80, CHALLENGE)) : body));
      await authenticateManagement(piv, holder());
      return piv.managementAuthenticated;
    },
    wellFormed: (authenticated, body) => assert.deepEqual([authenticated, toHex(body).includes(toHex(RESPONSE))], [true, true]),
  }),
  row({
    name: 'response of the card authentication key',
    covers: ['card-authentication.ts authenticateCard'],
    samples: [writeTlv(0x7c, writeTlv(0x82, RESPONSE))],
    framing: 'one',
    secrets: keySecret,
    refuses: isCardError('bad-answer', 'not-genuine'),
    read: async (body) => {
      await authenticateCard(await answering(body), 'AES-192', copy(KEY), (length) => bytes(length).fill(3));
      return true;
    },
    wellFormed: (known, body) => assert.deepEqual([known, toHex(body).includes(toHex(RESPONSE))], [true, true]),
  }),
];
