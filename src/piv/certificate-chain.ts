import type { Bytes } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { fromHex, toHex } from '../codec/hex.ts';
import { needTlv, readSingle, readTlvs, writeTlv } from '../codec/tlv.ts';
import { CardError } from './errors.ts';
import { gzip, inflate } from './gzip.ts';
import { readRootCertificates, writeRootCertificates } from './root-certificates.ts';
import type { PivSession } from './session.ts';

/*
 * The authorities' certificates on the card: the msroots file, which is a PKCS#7 SignedData without signers (RFC 5652, 5.1: "certs-only"),
 * in Yubico's objects 5FFF11..15. Whoever reads the card later can build the path without asking anybody.
 */

const MAX_CERTIFICATES = 32;
const MAX_FILE_BYTES = 0x10000;

/** Content octets of id-signedData and id-data (RFC 5652, 5.1 and 4). */
const SIGNED_DATA = '2a864886f70d010702';
const DATA = '2a864886f70d010701';

/** @throws CodecError `too-large` */
export function buildCertificateBag(certificates: readonly Bytes[]): Bytes {
  if (certificates.length > MAX_CERTIFICATES) throw new CodecError('too-large', `${certificates.length} certificates`);
  const content = writeTlv(
    0x30,
    writeTlv(0x02, Uint8Array.of(1)),
    writeTlv(0x31),
    writeTlv(0x30, writeTlv(0x06, fromHex(DATA))),
    writeTlv(0xa0, ...certificates),
    writeTlv(0x31),
  );
  return writeTlv(0x30, writeTlv(0x06, fromHex(SIGNED_DATA)), writeTlv(0xa0, content));
}

/** DER of each certificate; attribute certificates and the like are left out. @throws CodecError */
export function parseCertificateBag(file: Bytes): Bytes[] {
  const limits = { maxBytes: MAX_FILE_BYTES, maxCount: MAX_CERTIFICATES };
  const outer = readTlvs(readSingle(file, 0x30, limits), limits);
  if (toHex(needTlv(outer, 0x06)) !== SIGNED_DATA) throw new CodecError('bad-value', 'no file of certificates');
  const fields = readTlvs(readSingle(needTlv(outer, 0xa0), 0x30, limits), limits);
  const bag = fields.find((field) => field.tag === 0xa0)?.value;
  if (bag === undefined) return [];
  return readTlvs(bag, limits)
    .filter((entry) => entry.tag === 0x30)
    .map((entry) => writeTlv(0x30, entry.value));
}

/** The certificates stored on the card; undefined when it keeps none. @throws CardError `bad-answer` */
export async function readCertificateChain(piv: PivSession): Promise<Bytes[] | undefined> {
  const file = await readRootCertificates(piv);
  if (file === undefined) return undefined;
  try {
    return parseCertificateBag(file[0] === 0x1f && file[1] === 0x8b ? await inflate(file, 'gzip', MAX_FILE_BYTES) : file);
  } catch (cause) {
    if (cause instanceof CodecError) throw new CardError('bad-answer', 'a malformed file of certificates', { cla: 0, ins: 0xcb, cause });
    throw cause;
  }
}

/** Bytes that the five objects take together. */
function roomBytes(piv: PivSession): number {
  return 5 * ((piv.profile.maxObjectBytes ?? 0) - 4);
}

/**
 * Stores certificates, each object read back; compressed only where they would not fit, since not every reader of the file inflates. Key 9B
 * has to be authenticated. @throws CardError `unsupported`, `too-large` before anything is sent
 */
export async function writeCertificateChain(piv: PivSession, certificates: readonly Bytes[]): Promise<void> {
  piv.require('container-map');
  const plain = buildCertificateBag(certificates);
  await writeRootCertificates(piv, plain.length <= roomBytes(piv) ? plain : await gzip(plain));
}
