/**
 * What only some readers need, in one piece that is loaded when one of them is there: T=0, T=1 and PPS at TPDU level, parameters that a
 * reader does not find itself, PIN pads, vendors' commands.
 */
export { escape } from '../ccid/index.ts';
export { enterPin } from './pin-pad.ts';
export { configureApduReader, tpduCarrier } from './tpdu-carrier.ts';
