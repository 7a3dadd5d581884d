import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { type Bytes, bytes, concat, copy } from '../../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../../src/codec/hex.ts';
import { writeTlv } from '../../../../src/codec/tlv.ts';
import { certificateFacts } from '../../../../src/crypto/certificate-facts.ts';
import { attestationFacts, parseCertificate, parseSignedData } from '../../../../src/crypto/certificates/index.ts';
import { readCertificateChain, parseCertificateBag } from '../../../../src/piv/certificate-chain.ts';
import { parseCertificateObject } from '../../../../src/piv/certificate-object.ts';
import { inflate } from '../../../../src/piv/gzip.ts';
import { messagingSignerNode } from '../../../../src/piv/inspector/without-contacts.ts';
import { attributesOf, signerNameCodes } from '../../../../src/piv/inspector/signatures.ts';
import { fetchOffCardCertificates, OffCardError, parseOffCardCertificates } from '../../../../src/piv/off-card.ts';
import { readRootCertificates } from '../../../../src/piv/root-certificates.ts';
import { CertificateError } from '../../../../src/crypto/certificates/errors.ts';
import { newSigner, signedData } from '../signed-objects.ts';
import { testCertificate } from '../test-certificate.ts';
import { P256 } from './answer-rows.ts';
import { objectOf, good, session } from './answering.ts';
import { elementsOf } from './damage.ts';
import { isCardError, isCodecError, type Row, row } from './judge.ts';

/* Certificates, in the objects and files that hold them, and what is signed with them. */

const DER = testCertificate({ kind: 'ec', curve: 'P-256', point: P256 }, { commonName: 'Ada' });
const GZIP = copy(gzipSync(DER));
const ZLIB = copy(deflateSync(DER));
const MOST = 0x8000;

/** One SEQUENCE and nothing else. */
function assertOneValue(der: Uint8Array): void {
  const list = elementsOf(der, false);
  assert.ok(list?.length === 1 && der[0] === 0x30 && list[0]?.to === der.length);
}

const oid = (hex: string): Bytes => writeTlv(0x06, fromHex(hex));
const BAG = writeTlv(
  0x30,
  oid('2a864886f70d010702'),
  writeTlv(
    0xa0,
    writeTlv(0x30, fromHex('020101 3100'), writeTlv(0x30, oid('2a864886f70d010701')), writeTlv(0xa0, DER, writeTlv(0x30, bytes(5))), fromHex('3100')),
  ),
);
const FILE = writeTlv(0x30, ...[0x82, 0x95].map((key) => writeTlv(0x30, bytes([4, 1, key]), DER)));
const url = (file: Uint8Array): string => `http://a.test/${createHash('sha256').update(file).digest('hex')}`;
const isCertificateError = (error: unknown): boolean => error instanceof CertificateError;

/** Facts of Yubico's extensions, each in the form that a card writes. */
function statement(): Bytes {
  const fact = (number: number, value: string): Bytes =>
    writeTlv(0x30, oid(`2b0601040182c40a03${number.toString(16).padStart(2, '0')}`), writeTlv(0x04, fromHex(value)));
  const facts = [fact(3, '050701'), fact(7, '0204 00bc614e'), fact(8, '0202'), fact(9, '03'), fact(10, '01'), fact(11, '01')];
  const [whole] = elementsOf(DER, false) ?? [];
  const [tbs] = elementsOf(DER, false, whole?.from) ?? [];
  const content = DER.subarray(tbs?.from, tbs?.to);
  return writeTlv(0x30, writeTlv(0x30, content, writeTlv(0xa3, writeTlv(0x30, ...facts))), DER.subarray(tbs?.to));
}

const SIGNER = newSigner('issuer');
const NAME = parseCertificate(SIGNER.certificate).subjectDer;
const SIGNED = signedData({
  signer: SIGNER,
  contentType: '6086480165030601',
  content: bytes(9),
  withCertificate: true,
  attributes: [['6086480165030605', NAME]],
});
const ATTRIBUTES = parseSignedData(SIGNED).signers[0]?.signedAttributes ?? bytes(0);

const compressed = (format: 'gzip' | 'deflate', sample: Bytes): Row =>
  row({
    name: `compressed data, ${format}`,
    covers: ['gzip.ts inflate'],
    samples: [sample],
    // The check value is behind the data: nothing before it is enough. Behind zlib's some systems pass over what follows.
    framing: format === 'gzip' ? 'fixed' : 'front',
    anew: true,
    read: (octets) => inflate(octets, format, MOST),
    wellFormed: (out) => assert.ok(out.length <= MOST),
  });

export const CERTIFICATE_ROWS: readonly Row[] = [
  compressed('gzip', GZIP),
  compressed('deflate', ZLIB),
  ...([DER, GZIP, concat(bytes([1, 0, DER.length & 0xff, DER.length >>> 8]), ZLIB)] as const).map((stored, i) =>
    row({
      name: `certificate object, ${['as it is', 'gzip', 'zlib'][i] ?? ''}`,
      covers: ['certificate-object.ts parseCertificateObject'],
      samples: [concat(writeTlv(0x70, stored), bytes([0x71, 1, i === 0 ? 0 : 1, 0xfe, 0]))],
      framing: 'list',
      simple: true,
      named: true,
      anew: i > 0,
      read: parseCertificateObject,
      wellFormed: (der: Bytes) => {
        assertOneValue(der);
        assert.ok(der.length <= MOST);
      },
    }),
  ),
  row({
    name: 'file of authorities',
    covers: ['certificate-chain.ts parseCertificateBag'],
    samples: [BAG],
    framing: 'one',
    anew: true,
    read: parseCertificateBag,
    wellFormed: (list) => {
      assert.ok(list.length <= 32);
      list.forEach(assertOneValue);
    },
  }),
  row({
    name: 'file of authorities on the card',
    covers: ['certificate-chain.ts readCertificateChain', 'root-certificates.ts readRootCertificates'],
    samples: [objectOf(writeTlv(0x82, BAG))],
    framing: 'one',
    anew: true,
    refuses: isCardError('bad-answer'),
    read: async (body) => readCertificateChain(await session((command) => (command[11] === 0x11 ? good(body) : fromHex('6a82')))),
    wellFormed: (list) => list.forEach(assertOneValue),
  }),
  row({
    name: 'file of authorities on the card, compressed',
    covers: ['certificate-chain.ts readCertificateChain'],
    samples: [objectOf(writeTlv(0x82, copy(gzipSync(BAG))))],
    framing: 'one',
    anew: true,
    refuses: (error) => isCardError('bad-answer')(error) || isCodecError(error),
    read: async (body) => readCertificateChain(await session((command) => (command[11] === 0x11 ? good(body) : fromHex('6a82')))),
    wellFormed: (list) => list.forEach(assertOneValue),
  }),
  row({
    name: 'last chunk of the file of authorities',
    covers: ['root-certificates.ts readRootCertificates'],
    samples: [objectOf(writeTlv(0x82, bytes(40).fill(0x5a)))],
    framing: 'one',
    anew: true,
    refuses: isCardError('bad-answer'),
    read: async (body) =>
      readRootCertificates(
        await session((command) =>
          command[11] === 0x11 ? good(objectOf(fromHex('8302 a1a2'))) : command[11] === 0x12 ? good(body) : fromHex('6a82'),
        ),
      ),
    // Two headers around one chunk, and nothing else.
    wellFormed: (file, body) => assert.ok(toHex(file).startsWith('a1a2') && body.length - (file.length - 2) <= 12),
  }),
  row({
    name: 'off-card certificates',
    covers: ['off-card.ts parseOffCardCertificates'],
    samples: [FILE],
    framing: 'one',
    anew: true,
    read: parseOffCardCertificates,
    wellFormed: (list) => {
      assert.ok(list.length > 0 && list.length <= 20 && new Set(list.map(({ key }) => key)).size === list.length);
      for (const { key, der } of list) {
        assert.ok(key >= 0x82 && key <= 0x95);
        assertOneValue(der);
      }
    },
  }),
  row({
    name: 'off-card certificates, fetched',
    covers: ['off-card.ts parseOffCardCertificates'],
    samples: [FILE],
    framing: 'one',
    anew: true,
    refuses: (error) => error instanceof OffCardError && error.reason === 'malformed',
    read: (file) => fetchOffCardCertificates({ onCard: 1, offCard: 1, url: url(file) }, async () => file),
    wellFormed: ({ certificates, missing, unexpected }) => {
      const keys = certificates.map(({ key }) => key);
      assert.deepEqual(keys, [...keys].sort());
      assert.deepEqual([...keys, ...missing].filter((key) => key === 0x82 || key === 0x95).sort(), [0x82, 0x95]);
      assert.ok(unexpected.every((key) => keys.includes(key) && key !== 0x82 && key !== 0x95));
    },
  }),
  row({
    name: 'certificate of the secure messaging signer',
    covers: ['inspector/without-contacts.ts messagingSignerNode'],
    samples: [GZIP],
    framing: 'fixed',
    anew: true,
    refuses: () => false,
    read: async (certificate) => (await messagingSignerNode({ certificate, compressed: true, intermediate: undefined })).certificate,
    wellFormed: ({ der }) => assertOneValue(der),
  }),
  row({
    name: 'signed attributes',
    covers: ['inspector/signatures.ts attributesOf', 'inspector/signatures.ts signerNameCodes'],
    samples: [ATTRIBUTES],
    framing: 'free',
    refuses: () => false,
    read: (attributes) => {
      const signer = parseCertificate(SIGNER.certificate);
      const found = attributesOf(attributes);
      return { found: [...found], codes: signerNameCodes({ verdict: 'valid', signer, attributes }, true) };
    },
    wellFormed: ({ found, codes }, input) => {
      assert.ok(found.length <= 16 && found.every(([name]) => toHex(input).includes(name)));
      // Without a finding the name stands there whole.
      assert.ok(codes.length === 1 || toHex(input).includes(toHex(elementsOf(NAME, false)?.map(({ from }) => NAME.slice(from))[0] ?? NAME)));
    },
  }),
  row({
    name: 'signed data',
    covers: [],
    samples: [SIGNED],
    framing: 'one',
    anew: true,
    refuses: isCertificateError,
    read: parseSignedData,
    wellFormed: ({ signers, certificates }) => {
      assert.ok(signers.length <= 8 && certificates.length <= 16);
      certificates.forEach(assertOneValue);
    },
  }),
  row({
    name: 'attestation',
    covers: [],
    samples: [statement()],
    framing: 'one',
    refuses: isCertificateError,
    read: (der) => attestationFacts(parseCertificate(der)),
    wellFormed: ({ firmware, serialNumber = 0, formFactor = 0 }) => {
      assert.match(firmware ?? '1.2.3', /^\d{1,3}\.\d{1,3}\.\d{1,3}$/);
      assert.ok(serialNumber >= 0 && serialNumber <= 0xffffffff && formFactor >= 0 && formFactor <= 0xff);
    },
  }),
  row({
    name: 'what a driver must know of a certificate',
    covers: [],
    samples: [DER],
    framing: 'one',
    anew: true,
    read: certificateFacts,
    wellFormed: ({ notBeforeMs, notAfterMs }) => assert.ok(typeof notBeforeMs === 'number' && typeof notAfterMs === 'number'),
  }),
];
