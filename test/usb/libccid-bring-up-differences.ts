import type { Difference } from './libccid-differences.ts';

/** What libccid 1.5.2 and the driver send from power-on to the first command, where it is not the same. As the table of the test tells it. */
export interface BringUpDifference {
  /** Name of the row. */
  readonly row: string;
  readonly libccid: readonly string[];
  readonly driver: readonly string[];
  readonly right: Difference['right'];
  readonly why: string;
}

/** libccid's voltages, one power-on each; the driver's, with power-off after each, and once more from the beginning. */
const tries = (...bPowerSelect: readonly number[]): readonly string[] => bPowerSelect.map((each) => `power ${each}`);
const rounds = (...bPowerSelect: readonly number[]): readonly string[] =>
  [...bPowerSelect, ...bPowerSelect].flatMap((each) => [`power ${each}`, 'off']);

const OFF_BETWEEN =
  'ISO/IEC 7816-3, 6.2 and 6.4: another class of voltage is applied to a card that was deactivated first; libccid powers on again and again. One more round is for contacts that were not yet closed, and the last power-off leaves no card half powered.';
const ONLY_OFFERED =
  'CCID 1.1, table 5.1-1: bVoltageSupport says which voltages the reader has, and it refuses others with bError 07. libccid looks at it for the first voltage only, then asks for all. The rest as in the row of three voltages.';

const IFSD_BYTE =
  'ISO/IEC 7816-3, 11.4.2: IFSD is 01 to FE. libccid sends the low byte of dwMaxIFSD, here the reserved 00, and the card stays mute; the driver takes the nearest value there is.';
const MUTE_IFSD = ['power 0', 'T=1 1110004d002000', '00c10100c0', '00c10100c0', '00c10100c0'];
const NEAREST_IFSD = ['power 0', 'T=1 1110004d002000', '00c101fe3e'];

const PPS_REFUSED =
  'ISO/IEC 7816-3, 9.3: after an unsuccessful PPS the card is deactivated, and works with its default values when it is reset. libccid gives the card up.';
const REFUSED = ['power 0', 'ff11957b'];
const WITH_DEFAULTS = ['power 0', 'ff11957b', 'off', 'power 0', 'T=1 1110004500fe00', '00c101fe3e'];

const LOWER_RATE =
  'ISO/IEC 7816-3, 9.2: PPS1 may name any D up to the card’s. libccid looks for lower ones from TA1 97 to 94 only, and only where the rate is above dwMaxDataRate, not where the table lacks it.';

export const BRING_UP_DIFFERENCES: readonly BringUpDifference[] = [
  { row: 'bVoltageSupport 7, mute', libccid: tries(1, 3, 2), driver: rounds(1, 3, 2), right: 'driver', why: OFF_BETWEEN },
  { row: 'bVoltageSupport 5, mute', libccid: tries(1, 3, 2), driver: rounds(1, 3), right: 'driver', why: ONLY_OFFERED },
  { row: 'bVoltageSupport 6, mute', libccid: tries(2, 1, 3), driver: rounds(3, 2), right: 'driver', why: ONLY_OFFERED },
  { row: 'bVoltageSupport 2, mute', libccid: tries(2, 1, 3), driver: rounds(2), right: 'driver', why: ONLY_OFFERED },
  {
    row: 'bVoltageSupport 0, mute',
    libccid: tries(1, 3, 2),
    driver: rounds(0),
    right: 'either',
    why: 'A descriptor without any voltage, seen twice, contradicts itself: libccid tries every value but the automatic one, the driver that one only. The simulated reader takes neither.',
  },
  { row: 'hardware error at power-on', libccid: tries(1, 3, 2), driver: rounds(1, 3, 2), right: 'driver', why: OFF_BETWEEN },
  {
    row: 'mute at 5 V only',
    libccid: ['power 1', 'power 3', 'T=1 1110004d002000', '00c101fe3e'],
    driver: ['power 1', 'off', 'power 3', 'T=1 1110004d002000', '00c101fe3e'],
    right: 'driver',
    why: OFF_BETWEEN,
  },
  {
    row: 'busy at power-on, twice',
    libccid: ['power 1', 'power 3', 'power 2', 'T=1 1110004d002000', '00c101fe3e'],
    driver: ['power 1', 'power 1', 'power 1', 'T=1 1110004d002000', '00c101fe3e'],
    right: 'driver',
    why: 'CCID 1.1, 6.2.6: BUSY_WITH_AUTO_SEQUENCE is no word of the card, and the same command may come again. libccid takes it for a failure of the voltage and ends at another one.',
  },
  { row: 'automatic voltage, mute', libccid: tries(0), driver: rounds(0), right: 'either', why: OFF_BETWEEN },
  { row: 'automatic activation, mute', libccid: tries(0), driver: rounds(0), right: 'either', why: OFF_BETWEEN },
  {
    row: 'a lower rate of the same F in the table',
    libccid: ['control 161 3 0 0', 'power 0', 'T=0 1100000a00'],
    driver: ['control 161 3 0 0', 'power 0', 'ff10947b', 'T=0 9400000a00'],
    right: 'driver',
    why: LOWER_RATE,
  },
  {
    row: 'TA1 18 above dwMaxDataRate',
    libccid: ['power 0', 'T=0 1100000a00'],
    driver: ['power 0', 'ff1013fc', 'T=0 1300000a00'],
    right: 'driver',
    why: LOWER_RATE,
  },
  {
    row: 'clock stop in T=15',
    libccid: ['power 0', 'T=0 1100000a00'],
    driver: ['power 0', 'T=0 1100000a03'],
    right: 'driver',
    why: 'CCID 1.1, 6.1.7: bClockStop is what the card allows, which ISO/IEC 7816-3, 8.3 has in the first byte after T=15. libccid says always that it allows none; the reader then never stops the clock, which works as well.',
  },
  { row: 'PPS: mute', libccid: REFUSED, driver: WITH_DEFAULTS, right: 'driver', why: PPS_REFUSED },
  { row: 'PPS: wrong PCK', libccid: REFUSED, driver: WITH_DEFAULTS, right: 'driver', why: PPS_REFUSED },
  {
    row: 'SetParameters: hardware error',
    libccid: ['power 0', 'ff11957b', 'T=1 9510004500fe00'],
    driver: ['power 0', 'ff11957b', 'T=1 9510004500fe00', 'power 0', 'off'],
    right: 'driver',
    why: 'Both give the card up. The driver resets it and takes its power first: no card is left half configured for whoever comes next.',
  },
  { row: 'dwMaxIFSD 0', libccid: MUTE_IFSD, driver: NEAREST_IFSD, right: 'driver', why: IFSD_BYTE },
  { row: 'dwMaxIFSD 1024', libccid: MUTE_IFSD, driver: NEAREST_IFSD, right: 'driver', why: IFSD_BYTE },
];
