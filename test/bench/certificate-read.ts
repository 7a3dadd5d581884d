import type { Page } from 'playwright';
import { copy, fromHex, systemRandom } from '../../src/codec/index.ts';
import { openPivEdgeWith } from '../../src/piv/card-edge.ts';
import { typedManagementKey } from '../../src/piv/management.ts';
import { createPivCard } from '../../src/simulator/card/index.ts';
import { createSimulatedReader, type SimulatedReader, type SimulatedReaderOptions } from '../../src/simulator/reader/index.ts';
import type { SimulatedCard } from '../../src/simulator/smart-card.ts';
import { READER_ENDPOINTS } from '../../src/simulator/reader/options.ts';
import { testCertificate } from '../unit/piv/test-certificate.ts';
import { terminal } from '../unit/piv/transactions.ts';
import { type Lab, startLab } from '../usb/lab.ts';
import { KNOWN_READER, type Pcsc, startPcsc, type Talk } from '../usb/pcsc.ts';
import { pcscClient } from '../usb/shim.ts';
import { bundle, serve } from './browser.ts';

/* A certificate of 2 kB read by the driver in Chromium and by an application over libccid, from twins of one reader on one bus. */

export const CERTIFICATE_BYTES = 2048;
const PACKET_BYTES = 64;
/** PC_to_RDR_GetSlotStatus (CCID 1.1, 6.1.3). */
const GET_SLOT_STATUS = 0x65;
/** The certificate's object: the certificate, CertInfo and the error detection code in their tags. */
export const OBJECT_BYTES: number = CERTIFICATE_BYTES + 13;

/** How many reads were made, and what they took. */
export interface Reads {
  readonly ms: number;
  /** Octets that the application got. */
  readonly bytes: number;
  /** Commands that reached the card. */
  readonly apdus: number;
  /** Transfers on the reader's bulk endpoints, but for questions for the state of a slot. */
  readonly bulkOut: number;
  readonly bulkIn: number;
  /** Transfers to the host of more than one packet: for libccid, which reads an answer at once, its answers of that length. */
  readonly longAnswers: number;
}

export interface Level {
  readonly name: string;
  readonly options: SimulatedReaderOptions;
  readonly protocol: 'T=0' | 'T=1';
  /** GET DATA for the certificate of 9A as an application hands it to PC/SC: over T=0 a case 4 command goes without its Le. */
  readonly command: string;
}

/** GET DATA for the certificate of 9A (SP 800-73-4 part 2, 3.1.2), asking for all that there is. */
const EXTENDED = '00cb3fff0000055c035fc1050000';
const SHORT = '00cb3fff055c035fc105';
const SELECT_PIV = '00a4040009a00000030800001000';

export const LEVELS: readonly Level[] = [
  { name: 'TPDU, T=0', options: { level: 'tpdu' }, protocol: 'T=0', command: SHORT },
  { name: 'TPDU, T=1', options: { level: 'tpdu' }, protocol: 'T=1', command: EXTENDED },
  { name: 'short APDU', options: { level: 'short-apdu' }, protocol: 'T=1', command: `${SHORT}00` },
  { name: 'extended APDU', options: {}, protocol: 'T=1', command: EXTENDED },
];

/** Memory of a card with that certificate. */
async function personalised(): Promise<unknown> {
  const simulated = createPivCard({ profile: 'yubikey-5.7' });
  const card = terminal(simulated);
  const managementKey = () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));
  const edge = await openPivEdgeWith(card, { atr: copy(card.atr), random: systemRandom, today: () => new Date(), managementKey });
  await edge.provision();
  await edge.verifyPin(1, fromHex('313233343536'));
  const key = await edge.generate({ containerIndex: 0, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 1 });
  const bare = testCertificate(key, { filling: new Uint8Array(300) }).length;
  await edge.writeCertificate(0, testCertificate(key, { filling: systemRandom(300 + CERTIFICATE_BYTES - bare) }));
  return simulated.save();
}

/** The card, and its twin that speaks T=0. */
function card(image: unknown, protocol: Level['protocol']): SimulatedCard {
  const real = createPivCard({ profile: 'yubikey-5.7', image });
  if (protocol === 'T=1') return real;
  return {
    atr: Uint8Array.of(0x3b, 0x00),
    extendedLength: false,
    reset: (kind) => real.reset(kind),
    transmit: (command) => real.transmit(command),
  };
}

/** One level with both sides connected and PIV selected. */
export interface LevelBench {
  readonly level: Level;
  readonly driver: (count: number) => Promise<Reads>;
  readonly libccid: (count: number) => Promise<Reads>;
}

interface Side {
  readonly busId: string;
  readonly reader: SimulatedReader;
}

async function counted(lab: Lab, { busId, reader }: Side, run: () => Promise<{ readonly ms: number; readonly bytes: number }>): Promise<Reads> {
  const since = (address: number): (() => readonly number[]) => {
    const before = lab.bus.transfers(busId, address).length;
    return () => lab.bus.transfers(busId, address).slice(before);
  };
  // Both sides also ask for the state of the slot when nobody reads: such a question is not begun before the count and ended in it.
  for (let last = -1, now = 0; last !== now; last = now, now = lab.bus.transfers(busId, READER_ENDPOINTS.bulkIn).length)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const [out, back] = [since(READER_ENDPOINTS.bulkOut), since(READER_ENDPOINTS.bulkIn)];
  reader.journal.clear();
  const { ms, bytes } = await run();
  const longAnswers = back().filter((moved) => moved > PACKET_BYTES).length;
  const questions = reader.journal.commands.filter(({ bMessageType }) => bMessageType === GET_SLOT_STATUS).length;
  return { ms, bytes, apdus: reader.journal.apdus.length, bulkOut: out().length - questions, bulkIn: back().length - questions, longAnswers };
}

const driverSide = (lab: Lab, side: Side, page: Page, name: string) => (count: number) =>
  counted(lab, side, () => page.evaluate(([reader, often]) => window.readCertificate(reader, often), [name, count] as const));

const libccidSide =
  (lab: Lab, side: Side, talk: Talk, { command }: Level) =>
  (count: number) =>
    counted(lab, side, async () => {
      const said = await talk.say(`* ${count} ${command}`);
      const [microseconds, , bytes] = said.split(' ').map(Number);
      if (microseconds === undefined || bytes === undefined || Number.isNaN(microseconds)) throw new Error(`libccid's side: ${said}`);
      return { ms: microseconds / 1000, bytes };
    });

/** Runs `body` at each level. The driver's twin has an id that libccid does not know; nothing else differs. */
export async function atEachLevel(body: (bench: LevelBench) => Promise<void>): Promise<void> {
  const image = await personalised();
  const server = await serve(await bundle('certificate.ts'));
  const twins = LEVELS.map((level, index) => ({
    level,
    ours: createSimulatedReader({
      ...level.options,
      interfaceClass: 0xff,
      productName: level.name,
      productId: 0x0f00 + index,
      cards: [card(image, level.protocol)],
    }),
    theirs: createSimulatedReader({ ...level.options, interfaceClass: 0xff, ...KNOWN_READER, cards: [card(image, level.protocol)] }),
  }));
  const grants = twins.map(({ ours: { device } }) => ({
    vendorId: device.options.vendorId,
    productId: device.options.productId,
    serialNumber: device.options.serialNumber ?? '',
  }));
  const lab = await startLab({ grants: { [new URL(server.url).origin]: grants } });
  try {
    twins.forEach(({ ours }, index) => lab.bus.plug(`1-${index + 1}`, ours.device));
    const page = await lab.open(server.url);
    await page.waitForFunction(() => typeof window.readCertificate === 'function');
    for (const [index, { level, ours, theirs }] of twins.entries()) {
      let pcsc: Pcsc | undefined;
      try {
        pcsc = await startPcsc(lab.bus, lab.bus.plug('2-1', theirs.device));
        const talk = pcsc.talk(pcscClient());
        const hello = await talk.line();
        if (hello !== level.protocol) throw new Error(`${level.name}: libccid chose ${hello}`);
        const selected = await talk.say(SELECT_PIV);
        if (!/61..$/.test(selected) && !selected.endsWith('9000')) throw new Error(`${level.name}: SELECT answered ${selected}`);
        await body({
          level,
          driver: driverSide(lab, { busId: `1-${index + 1}`, reader: ours }, page, level.name),
          libccid: libccidSide(lab, { busId: '2-1', reader: theirs }, talk, level),
        });
        await talk.end();
      } finally {
        await pcsc?.stop();
        lab.bus.unplug('2-1');
      }
    }
  } finally {
    await lab.close();
    server.close();
  }
}

/**
 * What the driver takes more of than libccid does for as many reads; nothing when all is well. Commands and messages to the reader may
 * not be more. An answer longer than a packet takes the driver one transfer more: it asks for one packet, and then for as much as dwLength
 * says, since a reader may leave out the empty packet that would end a larger transfer (and libccid's, which then waits for minutes).
 */
export function exceeds(driver: Reads, libccid: Reads): readonly string[] {
  const more = (what: 'apdus' | 'bulkOut' | 'bulkIn', allowed: number): string[] =>
    driver[what] > allowed ? [`${what}: ${driver[what]}, allowed ${allowed}`] : [];
  return [...more('apdus', libccid.apdus), ...more('bulkOut', libccid.bulkOut), ...more('bulkIn', libccid.bulkIn + libccid.longAnswers)];
}
