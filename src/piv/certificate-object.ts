import { type Bytes, bytes, concat } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { findTlv, readSingle, readTlvs, writeTlv } from '../codec/tlv.ts';
import { gzip, inflate } from './gzip.ts';

/** Largest certificate believed, in bytes of DER: bounds what compressed data may unfold to. */
export const MAX_CERTIFICATE_BYTES = 0x8000;

/** Bytes that an uncompressed object adds around the certificate: 70 82 xx xx, 71 01 00, FE 00. */
export const CERTIFICATE_OBJECT_OVERHEAD = 9;

const isGzip = (data: Bytes): boolean => data[0] === 0x1f && data[1] === 0x8b;

/**
 * DER certificate from the content of a certificate object (SP 800-73-4 part 1, appendix A). Compression is known by gzip's magic, since
 * CertInfo is seen to be wrong both ways, and in the form 01 00, length, zlib that Net iD writes. 71 and FE may be absent, 72 (MSCUID)
 * present. Undefined for an empty object. @throws CodecError
 */
export async function parseCertificateObject(content: Bytes): Promise<Bytes | undefined> {
  const stored = findTlv(readTlvs(content, { simpleTags: true }), 0x70);
  if (stored === undefined || stored.length === 0) return undefined;
  let der = stored;
  if (isGzip(stored)) der = await inflate(stored, 'gzip', MAX_CERTIFICATE_BYTES);
  else if (stored[0] === 0x01 && stored[1] === 0x00 && stored[4] === 0x78) {
    der = await inflate(stored.subarray(4), 'deflate', MAX_CERTIFICATE_BYTES);
    if (der.length !== (stored[2] ?? 0) + 256 * (stored[3] ?? 0))
      throw new CodecError('bad-length', 'the certificate is not as long as its header says');
  }
  // One value and nothing behind it.
  readSingle(der, 0x30);
  return der;
}

/** Content of a certificate object: 70, 71 (00, or 01 with gzip), FE. */
export async function buildCertificateObject(der: Bytes, compress: boolean): Promise<Bytes> {
  const stored = compress ? await gzip(der) : der;
  return concat(writeTlv(0x70, stored), writeTlv(0x71, bytes([compress ? 1 : 0])), writeTlv(0xfe));
}
