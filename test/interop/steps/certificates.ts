import { expect } from 'vitest';
import { issuedSlots, type Station } from '../station.ts';

/** A file without its line breaks and blanks, as tools differ in them. */
export async function solid({ lab }: Station, file: string): Promise<string> {
  return (await lab.read(file)).toString().replace(/\s/g, '');
}

/** The certificates' serial numbers as OpenSSL tells them, in capitals. */
async function serials(station: Station): Promise<readonly string[]> {
  const out: string[] = [];
  for (const { slot } of issuedSlots(station.profile)) {
    const said = await station.lab.ok(['openssl', 'x509', '-in', `${slot}.pem`, '-serial', '-noout']);
    out.push(said.trim().replace('serial=', ''));
  }
  return out;
}

/** That a listing names the four certificates of the issued card. */
export async function expectSerials(station: Station, listing: string): Promise<void> {
  for (const serial of await serials(station)) expect(listing.toUpperCase()).toContain(serial);
}
