import { expect } from 'vitest';
import { pivProfiles } from '../../../src/simulator/card/index.ts';
import type { Station, Step, Steps } from '../station.ts';
import { MANAGEMENT_KEY, PIN, PUK } from '../suite.ts';
import { managed, managementNames, piv } from './ykman-calls.ts';

/* ykman's steps with PIN, PUK and the management key. */

const changePin = (from: string, to: string): readonly string[] => piv('access', 'change-pin', '-P', from, '-n', to);
const changePuk = (from: string, to: string): readonly string[] => piv('access', 'change-puk', '-p', from, '-n', to);
const unblock = (puk: string, pin: string): readonly string[] => piv('access', 'unblock-pin', '-p', puk, '-n', pin);

/** Changes the key of 9B; the new one serves, and the old one, where its length would do, does not. */
const changesTo = (algorithm: string, key: string): Step => {
  return async (station) => {
    const { lab, managementKey: old } = station;
    await lab.ok(piv('access', 'change-management-key', ...managed(station), '-n', key, '-a', algorithm, '-f'));
    await lab.ok(piv('objects', 'generate', '-m', key, 'chuid'));
    station.managementKey = key;
    if (key !== old) await lab.refused(piv('objects', 'generate', '-m', old, 'chuid'));
    expect(await lab.ok(piv('info'))).toContain(`Management key algorithm: ${algorithm}\n`);
  };
};

const nameOf = ({ profile }: Station): string => managementNames[pivProfiles[profile].managementAlgorithm] ?? '';

export const ykmanCodeSteps: Steps = {
  'change-pin': async ({ lab, tries }) => {
    await lab.ok(changePin(PIN, '654321'));
    expect(await lab.refused(changePin(PIN, '111111'))).toContain(`${tries.pin - 1} tries left`);
    await lab.ok(changePin('654321', PIN));
  },
  'change-puk': async ({ lab, tries }) => {
    await lab.ok(changePuk(PUK, '87654321'));
    expect(await lab.refused(changePuk(PUK, '11111111'))).toContain(`${tries.puk - 1} tries left`);
    await lab.ok(changePuk('87654321', PUK));
  },
  'unblock-pin': async ({ lab, tries }) => {
    for (let left = tries.pin - 1; left > 0; left--) expect(await lab.refused(changePin('111111', PIN))).toContain(`${left} tries left`);
    expect(await lab.refused(changePin('111111', PIN))).toContain('blocked');
    expect(await lab.ok(piv('info'))).toMatch(/PIN tries remaining: 0/);
    await lab.ok(unblock(PUK, PIN));
    expect(await lab.ok(piv('info'))).toMatch(new RegExp(`PIN tries remaining: ${tries.pin}`));
    await lab.ok(changePin(PIN, PIN));
  },
  'change-management-key to 3DES': changesTo('TDES', 'aabbccddeeff00112233445566778899aabbccddeeff0011'),
  'to AES-256': changesTo('AES256', '0f'.repeat(32)),
  'to AES-128': changesTo('AES128', 'a5'.repeat(16)),
  back: (station) => changesTo(nameOf(station), MANAGEMENT_KEY)(station),
  'PIN-protected': async (station) => {
    const { lab } = station;
    const aes = pivProfiles[station.profile].managementAlgorithms.includes(0x0c);
    await lab.ok(piv('access', 'change-management-key', ...managed(station), '-P', PIN, '-a', aes ? 'AES256' : 'TDES', '--protect', '-f'));
    expect(await lab.ok(piv('info'))).toMatch(/protected by PIN/);
    await lab.ok(piv('objects', 'generate', '-P', PIN, 'chuid'));
    await lab.refused(piv('objects', 'generate', ...managed(station), 'chuid'));
  },
};
