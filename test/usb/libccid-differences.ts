import { SUITE_READERS, type SuiteReader } from '../conformance/exchange-suite.ts';

/** One difference between libccid 1.5.2 and the driver in the exchange suite. */
export interface Difference {
  /** Name of the suite's reader. */
  readonly reader: string;
  readonly cases: readonly string[];
  /** What comes out over libccid; over the driver the case is right. */
  readonly libccid: string;
  readonly right: 'driver' | 'libccid' | 'either';
  readonly why: string;
}

/** The driver's first read is one packet: for it the empty packet behind a full one is always a transfer of its own. */
export const EMPTY_PACKET_APART: SuiteReader = {
  name: 'extended APDU, the closing empty packet as a transfer of its own',
  options: {},
  card: () => {
    const [plain] = SUITE_READERS;
    if (plain === undefined) throw new Error('no reader');
    return plain.card();
  },
  extended: true,
  sizes: [0, 52, 5, 1],
};

const ways = (...sizes: readonly number[]): string[] =>
  sizes.flatMap((size) => [`${size} bytes there`, `${size} bytes back`, `${size} bytes both ways`]);

const CASE_4 =
  'ISO/IEC 7816-3, 12.2.5: over T=0 a case 4 command goes without its Le, which GET RESPONSE carries. libccid sends the Le as a byte too many and leaves the mapping to the application.';

const ENVELOPE =
  'ISO/IEC 7816-3, 12.2.7: over T=0 an extended command goes by ENVELOPE. libccid has no ENVELOPE: it refuses what is too long for one TPDU, and sends a short one with three bytes behind its header.';

/** Cards that take extended length and no chaining. By the largest data field of one TPDU. */
function envelopes(reader: string, largest: number): Difference[] {
  const sizes = [1, 5, 52, 54, 116, 118, 254, 255, 256, 257, 258, 1000, 2048, 65_535];
  const longer = sizes.filter((size) => size > largest);
  const rows = [
    { cases: longer.flatMap((size) => [`${size} bytes there`, `${size} bytes both ways`]), libccid: 'fails', why: ENVELOPE },
    { cases: sizes.filter((size) => size > 256).map((size) => `${size} bytes back`), libccid: 'wrong: 2 bytes, 6700', why: ENVELOPE },
    { cases: sizes.filter((size) => size <= largest).map((size) => `${size} bytes both ways`), libccid: 'wrong: 2 bytes, 6700', why: CASE_4 },
  ];
  return rows.map((row) => ({ ...row, reader, right: 'driver' }));
}

/** What libccid hands out when a foreign frame comes before each answer: every command gets what is left of an earlier one. */
const FOREIGN: readonly (readonly [string, ...string[]])[] = [
  ['an empty answer', '0 bytes there', '0 bytes both ways', '1 bytes back', '52 bytes there', '52 bytes both ways', '54 bytes back'],
  ['wrong: 2 bytes, 9000', '1 bytes both ways', '52 bytes back'],
  ['wrong: 3 bytes, 9000', '54 bytes there', '54 bytes both ways'],
];

/** The defect that applications meet: after an answer of 54 bytes the next command fails, and those after it get earlier answers, with 9000. */
const LATE: readonly (readonly [string, ...string[]])[] = [
  ['fails', '52 bytes both ways', '5 bytes back'],
  ['wrong: 54 bytes, 9000', '5 bytes there'],
  ['wrong: 2 bytes, 9000', '5 bytes both ways', '1 bytes both ways'],
  ['wrong: 7 bytes, 9000', '1 bytes there', '1 bytes back'],
];

export const DIFFERENCES: readonly Difference[] = [
  ...envelopes('TPDU, T=0, long commands by ENVELOPE', 255),
  ...envelopes('TPDU, T=0, long commands by ENVELOPE in short messages', 128),
  {
    reader: 'TPDU, T=0, long commands by ENVELOPE in short messages',
    cases: ['254 bytes back', '255 bytes back', '256 bytes back'],
    libccid: 'fails',
    right: 'driver',
    why: 'The answer is longer than a message of this reader. The driver asks the card for as much as fits, and for the rest after that (ISO/IEC 7816-4, 5.3.4); libccid asks for all at once.',
  },
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
    cases: [52, 116, 65_535].flatMap((size) => [`${size} bytes back`, `${size} bytes both ways`]),
    libccid: 'fails',
    right: 'driver',
    why: 'A message is as long as dwLength says (CCID 1.1, 6.2); an empty packet behind a full one is not awaited. libccid waits for it until the waiting times of the card are over, with most cards after minutes. 65535 bytes come in messages of 3072.',
  },
  ...LATE.map(([libccid, ...cases]): Difference => ({
    reader: EMPTY_PACKET_APART.name,
    cases,
    libccid,
    right: 'driver',
    why: 'bSeq tells which command an answer belongs to (CCID 1.1, 6.2), and an empty transfer is no message. libccid 1.5.2 takes the empty transfer behind an answer of 10 + 54 = 64 bytes for the next answer, and is one answer late from then on.',
  })),
  ...FOREIGN.map(([libccid, ...cases]): Difference => ({
    reader: 'extended APDU, an answer to somebody else before each',
    cases,
    libccid,
    right: 'driver',
    why: 'bSeq tells which command an answer belongs to (CCID 1.1, 6.2). libccid 1.5.2 takes the foreign frame for the answer, and hands out the answers of earlier commands with 9000 after it.',
  })),
];

/** One time-out of an exchange that libccid reckons otherwise than the driver, in milliseconds. */
export interface WaitingDifference {
  readonly row: string;
  readonly libccidMs: number;
  readonly driverMs: number;
  readonly right: Difference['right'];
  readonly why: string;
}

const LEAST_GUARD_TIME =
  'ISO/IEC 7816-3, 8.3: TC1 FF is no extra guard time, with T=1 even one etu less. libccid reckons with 255 etu more for each character, and waits longer than it must.';
const RESERVED_SPEED =
  'A speed that is reserved is not used: card and reader stay at 372/1, for which the driver reckons. libccid takes one minute, which is less than WI lets the card wait.';

export const WAITING_DIFFERENCES: readonly WaitingDifference[] = [
  { row: 'T=0, N FF', libccidMs: 193_543, driverMs: 193_444, right: 'driver', why: LEAST_GUARD_TIME },
  { row: 'T=1, N FF', libccidMs: 7321, driverMs: 2163, right: 'driver', why: LEAST_GUARD_TIME },
  { row: 'T=0, F reserved', libccidMs: 60_000, driverMs: 193_444, right: 'driver', why: RESERVED_SPEED },
  { row: 'T=0, D reserved', libccidMs: 60_000, driverMs: 193_444, right: 'driver', why: RESERVED_SPEED },
  {
    row: 'T=0, WI 00',
    libccidMs: 3000,
    driverMs: 19_348,
    right: 'either',
    why: 'ISO/IEC 7816-3, 10.2: WI 00 is reserved. libccid reckons with no waiting time and falls to its least time-out, the driver with the smallest there is.',
  },
];
