import { expect, it } from 'vitest';
import { toHex } from '../../../../src/codec/index.ts';
import { createPivCard } from '../../../../src/simulator/card/index.ts';
import { Terminal } from './terminal.ts';

/** Compact TLV 73 with three octets, the third of which has the bit for extended length (ISO/IEC 7816-4, 12.1.2.2). */
const TELLS_EXTENDED = /73c021c0/;

it.each([
  ['nist', false, false],
  ['government', false, false],
  ['look-alike', false, false],
  // What ykman relies on: from version 4.0 on it sends extended APDUs alone, whatever the answer to reset tells.
  ['yubikey-4', true, false],
  ['yubikey-5.4', true, true],
  ['yubikey-5.7', true, true],
] as const)('%s: extended length is taken %s, told %s', async (profile, taken, told) => {
  const card = createPivCard({ profile });
  const terminal = new Terminal(card);
  await terminal.select();
  // GET DATA for the certificate of 9A, which is not there, with Lc and Le in their extended form.
  expect(await terminal.raw('00cb3fff0000055c035fc1050000')).toBe(taken ? '6a82' : '6700');
  expect(await terminal.raw('00cb3fff055c035fc10500')).toBe('6a82');
  expect(TELLS_EXTENDED.test(toHex(card.atr))).toBe(told);
});
