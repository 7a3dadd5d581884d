import { expect } from 'vitest';
import { pivProfiles } from '../../../src/simulator/card/index.ts';
import type { Steps } from '../station.ts';
import { listsObjects, listsObjectsAfterLogin, pkcs11, testsItself } from './pkcs11.ts';

/* ykcs11 2.2.0, which lists only readers whose name begins with "Yubico". */

const module = pkcs11('libykcs11.so.2');

export const ykcs11Steps: Steps = {
  '-L': async ({ lab, profile }) => {
    const [major, minor, patch] = pivProfiles[profile].firmware;
    const out = await lab.ok(module.call('-L'));
    expect(out).toMatch(/token label +: YubiKey PIV #/);
    expect(out).toMatch(new RegExp(`firmware version +: ${major}\\.${minor}${patch}\\n`));
  },
  '-O': (station) => listsObjects(station, module),
  '--login -O': (station) => listsObjectsAfterLogin(station, module),
  '--test --login': (station) => testsItself(station, module),
};
