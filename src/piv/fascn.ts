import { type Bytes, bytes } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';

/** Federal Agency Smart Credential Number, its fields as decimal digits (SP 800-73-4 part 1, 3.1.2; TIG SCEPACS 2.3, 6.1). */
export interface FascN {
  readonly agencyCode: string;
  readonly systemCode: string;
  readonly credentialNumber: string;
  readonly credentialSeries: string;
  readonly individualCredentialIssue: string;
  readonly personIdentifier: string;
  readonly organizationalCategory: string;
  readonly organizationalIdentifier: string;
  readonly associationCategory: string;
}

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

/** @throws CodecError `bad-length`, `bad-value` (parity, check symbol or separators) */
export function parseFascN(source: Uint8Array): FascN {
  if (source.length !== 25) throw new CodecError('bad-length', `a FASC-N of ${source.length} bytes`);
  const bits = Array.from(source, (octet) => octet.toString(2).padStart(8, '0')).join('');
  let check = 0;
  let text = '';
  for (let i = 0; i < 40; i++) {
    const five = Number.parseInt(bits.slice(5 * i, 5 * i + 5), 2);
    let value = 0;
    for (let k = 0; k < 4; k++) value |= ((five >> (4 - k)) & 1) << k;
    if (symbol(value) !== five) throw new CodecError('bad-value', 'a FASC-N symbol has wrong parity');
    check ^= value;
    if (i < 39) text += value === (SS & 0x0f) ? 'S' : value === (FS & 0x0f) ? 'F' : value === (ES & 0x0f) ? 'E' : value < 10 ? String(value) : '?';
  }
  const match = FORM.exec(text);
  if (check !== 0 || match === null) throw new CodecError('bad-value', 'a FASC-N with a wrong check symbol or wrong separators');
  const [, a, s, c, cs, ici, pi, oc, oi, poa] = match as unknown as [string, string, string, string, string, string, string, string, string, string];
  return {
    agencyCode: a,
    systemCode: s,
    credentialNumber: c,
    credentialSeries: cs,
    individualCredentialIssue: ici,
    personIdentifier: pi,
    organizationalCategory: oc,
    organizationalIdentifier: oi,
    associationCategory: poa,
  };
}
