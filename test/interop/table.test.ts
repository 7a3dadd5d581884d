import { describe, expect, it } from 'vitest';
import { plants } from './plants.ts';
import { steps } from './steps/index.ts';
import { profiles, table, type Tool } from './table.ts';

/* Whether the table is whole; this needs no tool. */

/** The list of runs that a good PIV card passes, by the tools that were seen to do them. */
const RUNS: Readonly<Record<Tool, string>> = {
  'yubico-piv-tool':
    'status, version, set-chuid, set-ccc, generate, verify-pin (wrong: counter; right), change-pin and back, change-puk, unblock-pin, import-key (RSA-2048, P-256, P-384; pin-policy), import-certificate, sign (checked with OpenSSL), test-signature, test-decipher, attest (refused for an imported key), set-mgm-key 3DES and old key then refused, pin-retries, block PIN, reset refused while the PUK is open, block PUK, reset',
  ykman:
    'info; per slot 9a 9c 9d 9e: keys generate, certificates generate, request, export, import --verify; key import; certificate delete; objects generate CHUID and CCC, export; change-pin, change-puk, unblock-pin; change-management-key to 3DES, AES-256, back, PIN-protected; attest; reset',
  OpenSC:
    'opensc-tool -a, -n; piv-tool -n, -A M:9B:03; pkcs15-tool --dump, -c, --list-public-keys, --read-certificate, --verify-pin; pkcs11-tool -L, -O, -M, --login -O, sign RSA-PKCS, SHA256-RSA-PKCS, RSA-PSS, ECDSA on 9e and on 9c with context login, decrypt RSA-PKCS and OAEP, --test --login ("No errors"); pkcs15-crypt; ssh-keygen -D',
  ykcs11: '-L, -O, --login -O, --test --login ("No errors")',
};

/** Items as commas and semicolons outside parentheses part them. */
const itemsOf = (list: string): readonly string[] => list.split(/[,;] (?![^(]*\))/);

describe.each(Object.entries(RUNS) as readonly (readonly [Tool, string])[])('%s', (tool, list) => {
  const rows = table.filter((row) => row.tool === tool);

  it('has every item of the list, in its order, each on every profile: done, or with a reason why not', () => {
    const items = rows.flatMap(({ item }) => (item === undefined ? [] : [item]));
    expect(items.filter((item, i) => item !== items[i - 1])).toEqual(itemsOf(list));
    for (const { step, cells } of rows) {
      expect(Object.keys(cells), step).toEqual(profiles);
      for (const cell of Object.values(cells)) if (cell !== 'works') expect(cell.refused.length, step).toBeGreaterThan(20);
    }
  });

  it('has each step once, and on some profile each works', () => {
    expect(new Set(rows.map(({ step }) => step)).size).toBe(rows.length);
    expect(Object.keys(steps[tool]).sort()).toEqual(rows.map(({ step }) => step).sort());
    for (const { step, cells } of rows) expect(Object.values(cells), step).toContain('works');
  });

  it('has a planted failure for each step', () => {
    const seen = new Set(plants.filter((plant) => plant.tool === tool).flatMap((plant) => Object.keys(plant.fails)));
    expect([...seen].sort()).toEqual(rows.map(({ step }) => step).sort());
  });
});

it('items are parted outside parentheses only', () => {
  expect(itemsOf('a (b, c; d), e; f')).toEqual(['a (b, c; d)', 'e', 'f']);
});
