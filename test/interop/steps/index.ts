import type { Steps } from '../station.ts';
import type { Tool } from '../table.ts';
import { openScSteps } from './opensc.ts';
import { ykcs11Steps } from './ykcs11.ts';
import { ykmanSteps } from './ykman.ts';
import { yubicoPivToolSteps } from './yubico-piv-tool.ts';

/** How each row of the table is done, by the names of its steps. */
export const steps: Readonly<Record<Tool, Steps>> = {
  OpenSC: openScSteps,
  ykcs11: ykcs11Steps,
  'yubico-piv-tool': yubicoPivToolSteps,
  ykman: ykmanSteps,
};
