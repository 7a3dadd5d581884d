import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildName, nameValue, parseName } from '../../../src/crypto/certificates/names.ts';
import { distinguishedName } from '../../../src/ui/wm-enroll/distinguished-name.ts';
import { KeyForm } from '../../../src/ui/wm-enroll/key-form.ts';

const empty = { commonName: '', unit: '', organisation: '', country: '' };

/** What OpenSSL reads out of the encoded name: the values, in order. */
function valuesByOpenSsl(der: Uint8Array): string[] {
  const text = execFileSync('openssl', ['asn1parse', '-inform', 'DER'], { input: der, encoding: 'utf8' });
  return [...text.matchAll(/(?:UTF8STRING|PRINTABLESTRING)\s*:(.*)/g)].map((match) => match[1] ?? '');
}

describe('distinguished name from fields', () => {
  it.each([
    ['Lovelace, Ada', 'CN=Lovelace\\, Ada'],
    ['#1 "Ada" <a+b>;\\', 'CN=\\#1 \\"Ada\\" \\<a\\+b\\>\\;\\\\'],
    ['Ada=Byron', 'CN=Ada=Byron'],
  ])('%s', (commonName, text) => {
    expect(distinguishedName({ ...empty, commonName })).toBe(text);
    expect(valuesByOpenSsl(buildName(parseName(text)))).toEqual([commonName]);
  });

  it('leaves out what is empty, most specific part first, country in capitals', () => {
    const text = distinguishedName({ commonName: ' Ada ', unit: '', organisation: 'Example, Ltd', country: 'gb' });
    expect(text).toBe('CN=Ada,O=Example\\, Ltd,C=GB');
    expect(valuesByOpenSsl(buildName(parseName(text))).sort()).toEqual(['Ada', 'Example, Ltd', 'GB']);
    expect(distinguishedName(empty)).toBe('');
  });

  it('any text comes back as it was entered', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(value, value, (commonName, organisation) => {
        const name = parseName(distinguishedName({ ...empty, commonName, organisation }));
        expect(nameValue(name, 'CN')).toBe(commonName.trim());
        expect(nameValue(name, 'O')).toBe(organisation.trim());
      }),
    );
  });
});

describe('form for slot, key and name', () => {
  const place = (containerIndex: number, hasKey: boolean) =>
    ({ containerIndex, place: `PIV ${containerIndex}`, purpose: 'authentication', hasKey, pinAlways: false, hasCertificate: false }) as const;
  const option = (containerIndex: number, hasKey: boolean, keyTypes: readonly ('P-256' | 'RSA-2048')[], canUseExistingKey = false) => ({
    place: place(containerIndex, hasKey),
    keyTypes,
    canUseExistingKey,
    ...(keyTypes[0] === undefined ? {} : { recommendedKeyType: keyTypes[0] }),
  });
  const state = (...options: readonly ReturnType<typeof option>[]) =>
    ({ kind: 'choose-key', card: undefined as never, options, mistakes: [] }) as const;

  it('offers the first free slot, never one where nothing is possible', () => {
    const form = new KeyForm();
    form.fit(state(option(0, false, []), option(1, true, ['P-256']), option(2, false, ['RSA-2048'])));
    expect(form.plan(undefined)).toEqual({ containerIndex: 2, key: { kind: 'generate', keyType: 'RSA-2048' }, subject: '' });
  });

  it('never plans to generate where only the key that is there can be used, nor the reverse', () => {
    const form = new KeyForm();
    form.fit(state(option(0, true, [], true)));
    expect(form.plan(undefined)?.key).toEqual({ kind: 'existing' });
    form.fit(state(option(0, true, ['P-256'], false)));
    expect(form.plan(undefined)?.key).toEqual({ kind: 'generate', keyType: 'P-256' });
    form.fit(state());
    expect(form.plan(undefined)).toBeUndefined();
  });

  it('the next card starts without the slot of the last one, but with the names', () => {
    const form = new KeyForm();
    form.fit(state(option(1, false, ['P-256'])));
    form.names.commonName = 'Ada';
    form.forgetCard();
    form.fit(state(option(0, true, ['RSA-2048']), option(2, false, ['RSA-2048'])));
    expect(form.plan(undefined)).toEqual({ containerIndex: 2, key: { kind: 'generate', keyType: 'RSA-2048' }, subject: 'CN=Ada' });
  });
});
