import { type Bytes, bytes } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { writeTlv } from '../../../src/codec/tlv.ts';
import type { PublicKey } from '../../../src/crypto/public-key.ts';

const ascii = (text: string): Bytes => bytes(Array.from(text, (c) => c.charCodeAt(0)));
const sequence = (...parts: readonly Uint8Array[]): Bytes => writeTlv(0x30, ...parts);
const integer = (number: Uint8Array): Bytes => writeTlv(0x02, fromHex((number[0] ?? 0) >= 0x80 ? '00' : ''), number);

export interface TestCertificate {
  readonly commonName?: string;
  /** YYMMDDHHMMSSZ */
  readonly notBefore?: string;
  readonly notAfter?: string;
  /** Random filling in an extension, to reach a size. */
  readonly filling?: Bytes;
}

/** A certificate of well-formed DER whose signature is zeros: enough for whoever does not verify it. */
export function testCertificate(key: PublicKey, options: TestCertificate = {}): Bytes {
  const algorithm = sequence(writeTlv(0x06, fromHex('2a8648ce3d040302')));
  const name = sequence(writeTlv(0x31, sequence(writeTlv(0x06, fromHex('550403')), writeTlv(0x0c, ascii(options.commonName ?? 'Test')))));
  const validity = sequence(writeTlv(0x17, ascii(options.notBefore ?? '200101000000Z')), writeTlv(0x17, ascii(options.notAfter ?? '491231235959Z')));
  const curve = { 'P-256': '2a8648ce3d030107', 'P-384': '2b81040022', 'P-521': '2b81040023' };
  const spki =
    key.kind === 'rsa'
      ? sequence(
          sequence(writeTlv(0x06, fromHex('2a864886f70d010101')), writeTlv(0x05)),
          writeTlv(0x03, fromHex('00'), sequence(integer(key.modulus), integer(key.publicExponent))),
        )
      : sequence(
          sequence(writeTlv(0x06, fromHex('2a8648ce3d0201')), writeTlv(0x06, fromHex(curve[key.curve]))),
          writeTlv(0x03, fromHex('00'), key.point),
        );
  const extension =
    options.filling === undefined
      ? bytes(0)
      : writeTlv(0xa3, sequence(sequence(writeTlv(0x06, fromHex('2b0601040182f7ff01')), writeTlv(0x04, writeTlv(0x04, options.filling)))));
  const tbs = sequence(writeTlv(0xa0, integer(bytes([2]))), integer(bytes([1])), algorithm, name, validity, name, spki, extension);
  return sequence(tbs, algorithm, writeTlv(0x03, fromHex('00'), sequence(integer(bytes([1])), integer(bytes([1])))));
}
