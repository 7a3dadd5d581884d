import { expect } from 'vitest';
import type { Station, Steps } from '../station.ts';
import { PIN, PUK } from '../suite.ts';
import { managedAndVerified, tool } from './yubico-calls.ts';

/* yubico-piv-tool's steps with PIN and PUK, in an order that leaves both blocked for the reset. */

const WRONG = '111111';

const verifyPin = (pin: string): readonly string[] => tool('-a', 'verify-pin', '-P', pin);
const changePin = (from: string, to: string): readonly string[] => tool('-a', 'change-pin', '-P', from, '-N', to);
const changePuk = (from: string, to: string): readonly string[] => tool('-a', 'change-puk', '-P', from, '-N', to);

/** Spends every try; the right PIN is then of no use. */
async function blockPin({ lab, tries }: Station): Promise<void> {
  for (let i = 0; i < tries.pin; i++) await lab.refused(verifyPin(WRONG));
  expect(await lab.refused(verifyPin(PIN))).toContain('blocked');
}

export const yubicoCodeSteps: Steps = {
  'verify-pin': async ({ lab, tries }) => {
    for (const left of [1, 2]) expect(await lab.refused(verifyPin(WRONG))).toContain(`${tries.pin - left} tries left`);
    await lab.ok(verifyPin(PIN));
    expect(await lab.ok(tool('-a', 'status'))).toContain(`PIN tries left:\t${tries.pin}\n`);
  },
  'change-pin and back': async ({ lab }) => {
    await lab.ok(changePin(PIN, '654321'));
    await lab.refused(verifyPin(PIN));
    await lab.ok(verifyPin('654321'));
    await lab.ok(changePin('654321', PIN));
    await lab.ok(verifyPin(PIN));
  },
  'change-puk': async ({ lab }) => {
    await lab.ok(changePuk(PUK, '87654321'));
    expect(await lab.refused(changePuk(PUK, '00000000'))).toContain('Failed verifying puk code');
    await lab.ok(changePuk('87654321', PUK));
  },
  'unblock-pin': async (station) => {
    const { lab } = station;
    await blockPin(station);
    await lab.ok(tool('-a', 'unblock-pin', '-P', PUK, '-N', '246810'));
    await lab.refused(verifyPin(PIN));
    await lab.ok(verifyPin('246810'));
    await lab.ok(changePin('246810', PIN));
  },
  'pin-retries': async (station) => {
    const tries = { pin: 5, puk: 2 };
    const argv = ['-a', 'pin-retries', '--pin-retries', String(tries.pin), '--puk-retries', String(tries.puk)];
    await station.lab.ok(managedAndVerified(station, ...argv));
    expect(await station.lab.ok(tool('-a', 'status'))).toContain('PIN tries left:\t5\n');
    station.tries = tries;
  },
  'block PIN': blockPin,
  'reset refused while the PUK is open': async ({ lab }) => {
    expect(await lab.refused(tool('-a', 'reset'))).toContain('Reset failed');
  },
  'block PUK': async ({ lab, tries }) => {
    for (let i = 0; i < tries.puk; i++) await lab.refused(changePuk('00000000', '11111111'));
    expect(await lab.refused(changePuk(PUK, '11111111'))).toContain('blocked');
  },
};
