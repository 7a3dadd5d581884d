/** The parts of a name as people enter them. */
export interface NameParts {
  readonly commonName: string;
  readonly unit: string;
  readonly organisation: string;
  readonly country: string;
}

/** A value in RFC 4514 text (section 2.4): special characters get a backslash, as do a blank at either end and a leading '#'. */
export function escapeNameValue(value: string): string {
  return value
    .replace(/["+,;<>\\]/g, '\\$&')
    .replace(/\0/g, '\\00')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ');
}

/** The distinguished name, most specific part first; empty when nothing was entered. */
export function distinguishedName(parts: NameParts): string {
  const pairs: readonly (readonly [string, string])[] = [
    ['CN', parts.commonName],
    ['OU', parts.unit],
    ['O', parts.organisation],
    ['C', parts.country.toUpperCase()],
  ];
  return pairs
    .map(([type, value]) => [type, value.trim()] as const)
    .filter(([, value]) => value !== '')
    .map(([type, value]) => `${type}=${escapeNameValue(value)}`)
    .join(',');
}
