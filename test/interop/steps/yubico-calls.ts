import type { Station } from '../station.ts';
import { opensslVerifies, PIN, READER } from '../suite.ts';

/* How yubico-piv-tool is called. */

export const tool = (...args: readonly string[]): readonly string[] => ['yubico-piv-tool', '-r', READER, ...args];
const PIN_FIRST = ['-a', 'verify-pin', '-P', PIN];
export const verified = (...args: readonly string[]): readonly string[] => tool(...PIN_FIRST, ...args);
export const managed = ({ managementKey }: Station, ...args: readonly string[]): readonly string[] => tool(`-k${managementKey}`, ...args);
export const managedAndVerified = (station: Station, ...args: readonly string[]): readonly string[] => managed(station, ...PIN_FIRST, ...args);

export interface Signing {
  readonly slot: string;
  readonly algorithm: string;
  readonly hash: string;
}

/** A signature by the tool over the lab's data, in `signature`; any action must be named, and `version` does nothing. */
export const signing = ({ slot, algorithm, hash }: Signing): readonly string[] => [
  ...['--sign', '-s', slot, '-A', algorithm, '-H', hash, '-i', 'data', '-o', 'signature'],
];

export async function signatureHolds({ lab }: Station, each: Signing): Promise<boolean> {
  await lab.write('signature', '');
  await lab.ok(verified(...signing(each)));
  return opensslVerifies(lab, `${each.slot}.pub`, 'signature', 'data', each.hash.toLowerCase());
}
