/** One difference between libccid 1.5.2 and the driver in the exchange suite. */
export interface Difference {
  /** Name of the suite's reader. */
  readonly reader: string;
  readonly cases: readonly string[];
  /** What comes out over libccid; over the driver the case is right. */
  readonly libccid: string;
  readonly right: 'driver' | 'libccid' | 'either';
  readonly why: string;
  /** libccid takes minutes to get there: looked at only when the environment has LIBCCID_MINUTES. */
  readonly minutes?: true;
}

const ways = (...sizes: readonly number[]): string[] =>
  sizes.flatMap((size) => [`${size} bytes there`, `${size} bytes back`, `${size} bytes both ways`]);

const CASE_4 =
  'ISO/IEC 7816-3, 12.2.5: over T=0 a case 4 command goes without its Le, which GET RESPONSE carries. libccid sends the Le as a byte too many and leaves the mapping to the application.';

/** What libccid hands out when a foreign frame comes before each answer: every command gets what is left of an earlier one. */
const FOREIGN: readonly (readonly [string, ...string[]])[] = [
  ['an empty answer', '0 bytes there', '0 bytes both ways', '1 bytes back', '52 bytes there', '52 bytes both ways', '54 bytes back'],
  ['wrong: 2 bytes, 9000', '1 bytes both ways', '52 bytes back'],
  ['wrong: 3 bytes, 9000', '54 bytes there', '54 bytes both ways'],
];

export const DIFFERENCES: readonly Difference[] = [
  ...['TPDU, T=0', 'TPDU, T=0, PPS by the host'].map((reader): Difference => ({
    reader,
    cases: [1, 5, 52, 54, 116, 118, 254, 255, 256, 257, 258, 1000, 2048].map((size) => `${size} bytes both ways`),
    libccid: 'wrong: 2 bytes, 6700',
    right: 'driver',
    why: CASE_4,
  })),
  {
    reader: 'extended APDU, an empty packet before each answer',
    cases: ways(0, 1, 52, 54),
    libccid: 'fails',
    right: 'driver',
    why: 'An empty transfer is no message. Readers are seen to send stray ones (GemPC Twin, GemPC Key on USB 3); libccid has a remedy for those products only.',
  },
  {
    reader: 'extended APDU, two bytes behind each answer',
    cases: ways(0, 1, 52, 54),
    libccid: 'fails',
    right: 'driver',
    why: 'dwLength is the authority on the length of a message (CCID 1.1, 6.2). GemPC Twin, AU9540 and R502 send more; the driver of ACS tolerates it as ours does.',
  },
  {
    reader: 'extended APDU, no closing empty packet',
    cases: ['52 bytes back', '52 bytes both ways'],
    libccid: 'fails',
    right: 'driver',
    why: 'A message is as long as dwLength says (CCID 1.1, 6.2); an empty packet behind a full one is not awaited. libccid waits for it until its time-out, more than two minutes.',
    minutes: true,
  },
  ...FOREIGN.map(([libccid, ...cases]): Difference => ({
    reader: 'extended APDU, an answer to somebody else before each',
    cases,
    libccid,
    right: 'driver',
    why: 'bSeq tells which command an answer belongs to (CCID 1.1, 6.2). libccid 1.5.2 takes the foreign frame for the answer, and hands out the answers of earlier commands with 9000 after it.',
  })),
];
