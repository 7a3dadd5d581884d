import type { QuirkEffects } from './quirks.ts';

const TEXT_BYTES = 16;

/** What the display shows, in the order of its memory; the star is where the number of tries stands. ASCII only. */
const TEXTS = [
  'Enter PIN',
  'Enter new PIN',
  'New PIN again',
  'PIN accepted',
  'Wrong PIN',
  'Too late',
  '* tries left',
  'Insert card',
  'Card error',
  'PIN is blocked',
];

/** B2 A0 00 4D 4C loads ten texts of 16 characters each. */
const LOAD_TEXTS = [0xb2, 0xa0, 0x00, 0x4d, 0x4c, ...TEXTS.flatMap((text) => Array.from(text.padEnd(TEXT_BYTES), (letter) => letter.charCodeAt(0)))];
/** The reader would ask again by itself after a wrong PIN: whether a try may be spent is for the person to say each time. */
const NO_RETRIES = [0xb5, 0x00];

/** GemPC Pinpad and its like show no texts until they are loaded; libccid sleeps one second first. */
export const PIN_PAD_SETUP: NonNullable<QuirkEffects['pinPadSetup']> = { delayMs: 1000, escapes: [LOAD_TEXTS, NO_RETRIES] };
