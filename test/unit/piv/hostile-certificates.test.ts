import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { CodecError, LayerError } from '../../../src/codec/errors.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { writeTlv } from '../../../src/codec/tlv.ts';
import { buildCertificateBag, parseCertificateBag, readCertificateChain } from '../../../src/piv/certificate-chain.ts';
import { MAX_CERTIFICATE_BYTES, parseCertificateObject } from '../../../src/piv/certificate-object.ts';
import { putData } from '../../../src/piv/data-objects.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard } from '../../../src/simulator/card/index.ts';
import { other } from './inspector-bench.ts';
import { testCertificate } from './test-certificate.ts';
import { terminal } from './transactions.ts';

/* Certificate objects as a hostile or careless writer leaves them: compressed data that unfold without end, are cut off or marked wrongly. */

const DER = testCertificate(other());
const object = (stored: Uint8Array, info = 1): Bytes => concat(writeTlv(0x70, stored), writeTlv(0x71, bytes([info])), writeTlv(0xfe));
const gzip = (content: Uint8Array): Bytes => copy(gzipSync(content));
/** One DER value of this length, all zeros; longer than three length octets can tell, it is none. */
const unfolding = (length: number): Bytes =>
  length > 0xffff ? concat(bytes([0x30]), bytes(length - 1)) : writeTlv(0x30, new Uint8Array(length - 4));
/** Net iD's form: 01 00, length with the low octet first, zlib. */
const netId = (content: Uint8Array, length = content.length): Bytes =>
  concat(bytes([1, 0, length & 0xff, (length >> 8) & 0xff]), copy(deflateSync(content)));
const turned = (octets: Bytes, at: number): Bytes => {
  const out = copy(octets);
  out[out.length + at] = (out[out.length + at] ?? 0) ^ 1;
  return out;
};

describe('a compressed certificate object', () => {
  it.each([
    ['gzip, marked so', object(gzip(DER))],
    ['gzip, not marked', object(gzip(DER), 0)],
    ['gzip, without CertInfo', writeTlv(0x70, gzip(DER))],
    ['not compressed, marked so', object(DER, 1)],
    ['Net iD’s form', object(netId(DER), 0)],
  ])('is read: %s', async (_name, content) => {
    expect(toHex((await parseCertificateObject(content)) ?? bytes(0))).toBe(toHex(DER));
  });

  it.each([
    ['an octet more than the limit', object(gzip(unfolding(MAX_CERTIFICATE_BYTES + 1))), 'too-large'],
    ['a bomb of 20 MB', object(gzip(unfolding(20_000_000))), 'too-large'],
    ['a bomb in Net iD’s form', object(netId(unfolding(20_000_000), 5), 0), 'too-large'],
    ['cut off in the data', object(gzip(DER).slice(0, -9)), 'bad-value'],
    ['without its check value', object(gzip(DER).slice(0, -8)), 'bad-value'],
    ['with a wrong check value', object(turned(gzip(DER), -6)), 'bad-value'],
    ['with a wrong length', object(turned(gzip(DER), -2)), 'bad-value'],
    ['with rubbish behind', object(concat(gzip(DER), bytes([1, 2, 3]))), 'bad-value'],
    ['of nothing', object(gzip(bytes(0))), 'missing'],
    ['of something else', object(gzip(fromHex('0401aa'))), 'bad-tag'],
    ['marked and not gzip', object(fromHex('0403060708')), 'bad-tag'],
    ['a certificate and a second gzip member', object(concat(gzip(DER), gzip(DER))), 'trailing'],
    ['a certificate and an octet, compressed', object(gzip(concat(DER, bytes([0])))), 'truncated'],
    ['a certificate in two gzip members', object(concat(gzip(DER.slice(0, 9)), gzip(DER.slice(9)))), 'trailing'],
    ['with zeros behind', object(concat(gzip(DER), bytes(3))), 'trailing'],
    ['with an empty gzip member behind', object(concat(gzip(DER), gzip(bytes(0)))), 'trailing'],
    ['a certificate and an octet', object(concat(DER, bytes([0])), 0), 'truncated'],
    ['two certificates', object(concat(DER, DER), 0), 'trailing'],
    ['longer than Net iD’s header says', object(netId(DER, DER.length - 1), 0), 'bad-length'],
    ['shorter than Net iD’s header says', object(netId(DER, DER.length + 1), 0), 'bad-length'],
    ['neither compressed nor a certificate', object(fromHex('0403060708'), 0), 'bad-tag'],
  ] as const)('is refused: %s', async (_name, content, reason) => {
    await expect(parseCertificateObject(content)).rejects.toMatchObject({ reason });
    await expect(parseCertificateObject(content)).rejects.toBeInstanceOf(CodecError);
  });

  it('compressed twice it is refused', async () => {
    await expect(parseCertificateObject(object(gzip(gzip(DER))))).rejects.toBeInstanceOf(CodecError);
  });

  it('as long as the limit it is read', async () => {
    expect(await parseCertificateObject(object(gzip(unfolding(MAX_CERTIFICATE_BYTES))))).toHaveLength(MAX_CERTIFICATE_BYTES);
  });

  it('of any octets: the certificate, or a typed error', async () => {
    const near = fc.tuple(fc.constantFrom(object(gzip(DER)), object(netId(DER), 0), object(DER, 0)), fc.nat(), fc.nat(255));
    const damaged = near.map(([whole, at, octet]) => {
      const out = copy(whole);
      out[at % out.length] = octet;
      return out;
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), async (octets) => {
        try {
          const der = await parseCertificateObject(copy(octets));
          expect(der === undefined || der[0] === 0x30).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(LayerError);
        }
      }),
      { numRuns: 1500 },
    );
  });
});

describe('the file of authorities', () => {
  const bag = buildCertificateBag([DER]);

  async function withChunks(...chunks: readonly (readonly [tag: number, value: Bytes])[]): Promise<PivSession> {
    const piv = await PivSession.open(terminal(createPivCard({ profile: 'yubikey-5.7' })));
    await authenticateManagement(piv, typedManagementKey(fromHex('010203040506070801020304050607080102030405060708')));
    for (const [i, [tag, value]] of chunks.entries()) await putData(piv, 0x5fff11 + i, writeTlv(tag, value));
    return piv;
  }
  const half = bag.length >> 1;

  it('is put together from its chunks', async () => {
    const piv = await withChunks([0x83, bag.slice(0, half)], [0x82, bag.slice(half)]);
    expect((await readCertificateChain(piv))?.map((each) => toHex(each))).toEqual([toHex(DER)]);
  });

  it.each([
    ['its last chunk is missing', [[0x83, bag.slice(0, half)]]],
    ['all five say that more follows', Array.from({ length: 5 }, (_, i) => [0x83, bag.slice(i * 20, i * 20 + 20)])],
    // The whole file is there, but says that it is not.
    ['the last chunk says that more follows', [[0x83, bag]]],
    ['a chunk has a tag that is none', [[0x84, bag]]],
    ['it unfolds without end', [[0x82, gzip(unfolding(1_000_000))]]],
  ] as readonly (readonly [string, readonly (readonly [number, Bytes])[]])[])('is refused: %s', async (_name, chunks) => {
    await expect(readCertificateChain(await withChunks(...chunks))).rejects.toBeInstanceOf(LayerError);
  });

  it('of any octets: certificates, or a typed error', () => {
    const damaged = fc.tuple(fc.nat(), fc.nat(255)).map(([at, octet]) => {
      const out = copy(bag);
      out[at % Math.min(out.length, 60)] = octet;
      return out;
    });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 120 })), (octets) => {
        try {
          for (const each of parseCertificateBag(copy(octets))) expect(each[0]).toBe(0x30);
        } catch (error) {
          expect(error).toBeInstanceOf(LayerError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
