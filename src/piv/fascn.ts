import { type Bytes, bytes } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { CertificateError } from '../crypto/certificates/errors.ts';
import { decodeFascN, type FascN } from '../crypto/certificates/fasc-n.ts';

export type { FascN } from '../crypto/certificates/fasc-n.ts';

/** Numbers that say: not a federal card (agency 9999). */
export const NON_FEDERAL: FascN = {
  agencyCode: '9999',
  systemCode: '9999',
  credentialNumber: '999999',
  credentialSeries: '0',
  individualCredentialIssue: '1',
  personIdentifier: '0000000000',
  organizationalCategory: '3',
  organizationalIdentifier: '0000',
  associationCategory: '1',
};

const SS = 0b01011;
const FS = 0b01101;
const ES = 0b01111;
const FORM = /^S(\d{4})F(\d{4})F(\d{6})F(\d)F(\d)F(\d{10})(\d)(\d{4})(\d)E$/;

/** One symbol: four data bits, least significant first, and odd parity. */
function symbol(value: number): number {
  let bits = 0;
  let ones = 0;
  for (let i = 0; i < 4; i++) {
    const bit = (value >> i) & 1;
    ones += bit;
    bits = (bits << 1) | bit;
  }
  return (bits << 1) | ((ones & 1) ^ 1);
}

/** 25 bytes: 40 symbols, the last one the check over the others. */
export function buildFascN(f: FascN): Bytes {
  const text =
    `S${f.agencyCode}F${f.systemCode}F${f.credentialNumber}F${f.credentialSeries}F${f.individualCredentialIssue}F` +
    `${f.personIdentifier}${f.organizationalCategory}${f.organizationalIdentifier}${f.associationCategory}E`;
  if (!FORM.test(text)) throw new CodecError('bad-value', 'a FASC-N field has the wrong number of digits');
  const values = Array.from(text, (c) => (c === 'S' ? SS : c === 'F' ? FS : c === 'E' ? ES : Number(c)));
  values.push(values.reduce((check, value) => check ^ (value & 0x0f), 0));
  const bits = values
    .map((value) =>
      symbol(value & 0x0f)
        .toString(2)
        .padStart(5, '0'),
    )
    .join('');
  return bytes(Array.from({ length: 25 }, (_, i) => Number.parseInt(bits.slice(8 * i, 8 * i + 8), 2)));
}

/** The number that certificates name as well; read by the same decoder. @throws CodecError `bad-value` (length, parity, check symbol, separators) */
export function parseFascN(source: Uint8Array): FascN {
  try {
    return decodeFascN(source);
  } catch (cause) {
    if (cause instanceof CertificateError) throw new CodecError('bad-value', 'not a FASC-N', { cause });
    throw cause;
  }
}
