import { CertificateError } from './errors.ts';

/** The fields of a Federal Agency Smart Credential Number (TIG SCEPACS 2.3, 6.1). Digits as text: leading zeros count. */
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

const START = 0b01011;
const SEPARATOR = 0b01101;
const END = 0b11111;
/** Digits between the marks: 'S' start, 'F' separator, 'E' end, numbers = count of digits. */
const LAYOUT: readonly (number | 'S' | 'F' | 'E')[] = ['S', 4, 'F', 4, 'F', 6, 'F', 1, 'F', 1, 'F', 10, 1, 4, 1, 'E'];

function malformed(): never {
  throw new CertificateError('malformed', 'not a FASC-N');
}

/** Forty symbols of five bits: four data bits, lowest first, then odd parity. */
function symbols(source: Uint8Array): number[] {
  if (source.length !== 25) return malformed();
  return Array.from({ length: 40 }, (_, n) => {
    let symbol = 0;
    for (let i = 0; i < 5; i++) {
      const bit = n * 5 + i;
      symbol |= (((source[bit >>> 3] ?? 0) >>> (7 - (bit & 7))) & 1) << i;
    }
    return symbol;
  });
}

function odd(symbol: number): boolean {
  return [0, 1, 2, 3, 4].reduce((sum, i) => sum + ((symbol >>> i) & 1), 0) % 2 === 1;
}

/** @throws CertificateError `malformed` for a wrong length, parity, mark or check symbol */
export function decodeFascN(source: Uint8Array): FascN {
  const all = symbols(source);
  // The check symbol makes the four data bits of all symbols sum to zero; its own parity bit is odd parity like the others.
  if (!all.every(odd) || all.reduce((sum, symbol) => sum ^ symbol, 0) % 16 !== 0) return malformed();
  const fields: string[] = [];
  let at = 0;
  for (const item of LAYOUT) {
    if (typeof item === 'number') {
      let digits = '';
      for (let i = 0; i < item; i++) {
        const digit = (all[at++] ?? 0xff) & 0x0f;
        if (digit > 9) return malformed();
        digits += String(digit);
      }
      fields.push(digits);
    } else {
      const mark = item === 'S' ? START : item === 'F' ? SEPARATOR : END;
      if (all[at++] !== mark) return malformed();
    }
  }
  const [
    agencyCode = '',
    systemCode = '',
    credentialNumber = '',
    credentialSeries = '',
    individualCredentialIssue = '',
    personIdentifier = '',
    organizationalCategory = '',
    organizationalIdentifier = '',
    associationCategory = '',
  ] = fields;
  return {
    agencyCode,
    systemCode,
    credentialNumber,
    credentialSeries,
    individualCredentialIssue,
    personIdentifier,
    organizationalCategory,
    organizationalIdentifier,
    associationCategory,
  };
}

/** Text for a person, agency-system-credential-series-issue-person and the trailing fields. */
export function formatFascN(number: FascN): string {
  return [
    number.agencyCode,
    number.systemCode,
    number.credentialNumber,
    number.credentialSeries,
    number.individualCredentialIssue,
    `${number.personIdentifier}${number.organizationalCategory}${number.organizationalIdentifier}${number.associationCategory}`,
  ].join('-');
}
