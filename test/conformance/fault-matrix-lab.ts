import { createCipheriv, createHash, createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import { type Bytes, concat, LayerError, toHex } from '../../src/codec/index.ts';
import type { CardTransaction, ReaderSource } from '../../src/channel/index.ts';
import {
  createPivCard,
  type PersistentCard,
  type SimulatedCard,
  type SimulatedReader,
  type SimulatedReaderOptions,
  type SimulatedUsb,
} from '../../src/simulator/index.ts';
import { AutoClock, QUICK } from '../unit/channel/auto-clock.ts';
import { bench } from './driver-setup.ts';

/** Bytes of hex text with blanks. */
export const hex = (text: string): Bytes => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const SELECT = hex('00a4040009 a00000030800001000 00');
const READ = hex('00cb3fff05 5c035fc105 00');
const VERIFY = hex('0020008008 313233343536ffff');
const MESSAGE = hex('6d657373616765');
const DIGEST = Uint8Array.from(createHash('sha256').update(MESSAGE).digest());
const SIGN = concat(hex('0087119a26 7c24 8200 8120'), DIGEST, hex('00'));
/** Content of the certificate object: long enough for several blocks. */
const CERTIFICATE = Uint8Array.from({ length: 300 }, (_, i) => (i * 5) & 0xff);

/** The card refused, or said something that it can't have meant: an answer, typed like an error. */
class Refused extends LayerError<'refused'> {
  readonly layer = 'card';
}

const expectSuccess = (answer: Bytes): Bytes => {
  if (toHex(answer.slice(-2)) !== '9000') throw new Refused('refused', 'not 9000');
  return answer.slice(0, -2);
};

export interface KeyCard {
  readonly card: PersistentCard;
  readonly publicKey: Bytes;
}

/** A card with a key and a certificate object; and the key's public half as its maker gave it. */
export async function pivCard(): Promise<KeyCard> {
  const card = createPivCard({ profile: 'nist' });
  const { reader } = await bench({ cards: [card] });
  const open = await reader.open();
  const channel = await open.slots[0]?.connect();
  const point = await channel?.transaction(async (transaction) => {
    expectSuccess(await transaction.transmit(SELECT));
    await authenticate(transaction);
    const made = expectSuccess(await transaction.transmit(hex('0047009a05 ac03800111 00')));
    const object = concat(hex('5c035fc105 53820133 7082012c'), CERTIFICATE, hex('710100'));
    expectSuccess(
      await transaction.transmit(concat(hex('00db3fff00'), Uint8Array.of(object.length >> 8, object.length & 0xff), object), { form: 'chain' }),
    );
    return made.slice(-65);
  });
  await open.close();
  if (point === undefined) throw new Error('no key');
  return { card, publicKey: point };
}

/** Management key, factory value, three-key triple DES (SP 800-73-4 part 2, appendix A.1). */
async function authenticate(transaction: CardTransaction): Promise<void> {
  const challenge = expectSuccess(await transaction.transmit(hex('0087039b04 7c028100 00'))).slice(-8);
  const cipher = createCipheriv('des-ede3', hex('010203040506070801020304050607080102030405060708'), null).setAutoPadding(false);
  const answer = concat(Uint8Array.from(cipher.update(challenge)), Uint8Array.from(cipher.final()));
  expectSuccess(await transaction.transmit(concat(hex('0087039b0c 7c0a8208'), answer)));
}

/** By OpenSSL: a signature over the message whose digest the card got. */
function isSignature(signature: Bytes, publicKey: Bytes): boolean {
  const spki = concat(hex('3059301306072a8648ce3d020106082a8648ce3d030107034200'), publicKey);
  return verify('sha256', MESSAGE, createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }), signature);
}

export interface Lab {
  readonly clock: AutoClock;
  readonly simulated: SimulatedReader;
  readonly usb: SimulatedUsb;
  readonly source: ReaderSource;
  readonly card: SimulatedCard;
}

/** @param atr instead of the card's own: what it says of protocols decides */
export async function lab(options: SimulatedReaderOptions, piv: PersistentCard, atr: Bytes = piv.atr): Promise<Lab> {
  // Time never jumps while the card computes, which alone takes real time.
  let computing = 0;
  const clock = new AutoClock(() => computing > 0, QUICK);
  const card: SimulatedCard = {
    atr,
    extendedLength: piv.extendedLength,
    reset: (kind) => piv.reset(kind),
    transmit: async (command) => {
      computing++;
      try {
        return await piv.transmit(command);
      } finally {
        computing--;
        clock.stir();
      }
    },
  };
  return { ...(await bench({ clock, ...options, cards: [card] }, { clock })), clock, card };
}

/** What came of select + read + sign, from opening the reader to closing it. */
export async function attempt({ source, clock }: Lab): Promise<{ readonly certificate: Bytes; readonly signature: Bytes }> {
  const [reader] = await source.list();
  if (reader === undefined) throw new Refused('refused', 'no reader');
  // A reader that asks for time without end has no end of its own: the person gives up.
  const patience = new AbortController();
  const over = new AbortController();
  void clock.sleep(PATIENCE_MS, over.signal).then(
    () => patience.abort(),
    () => undefined,
  );
  try {
    const open = await reader.open({ signal: patience.signal });
    try {
      const [slot] = open.slots;
      if (slot === undefined) throw new Refused('refused', 'no slot');
      const channel = await slot.connect({ signal: patience.signal });
      return await channel.transaction(async (card) => {
        const send = async (command: Bytes): Promise<Bytes> => expectSuccess(await card.transmit(command, { signal: patience.signal }));
        await send(SELECT);
        const object = await send(READ);
        await send(VERIFY);
        return { certificate: object.slice(8, 8 + CERTIFICATE.length), signature: (await send(SIGN)).slice(4) };
      });
    } finally {
      await open.close();
    }
  } finally {
    over.abort();
  }
}

/** Longest that a person waits for the whole, and longest that the driver may take to end all the same. */
const PATIENCE_MS = 150_000;
const LONGEST_MS = 900_000;
const MOST_COMMANDS = 150;

/** Until what the last attempt left behind, a reader that is closed after the watch had its turn, is over. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Instructions without GET RESPONSE: how often data are fetched depends on what the card was understood to say. */
export const commandsOf = (made: Lab): string[] =>
  made.simulated.journal.apdus.filter((apdu) => apdu.ins !== 0xc0).map((apdu) => apdu.ins.toString(16));

/** A fault of whatever sort, as a case plants it. */
export interface PlannedFault {
  readonly plant: (lab: Lab) => void;
  readonly clear: (lab: Lab) => void;
  /** Whether the attempt since {@link Lab} was last quiet met it. */
  readonly met: (lab: Lab) => boolean;
  /** It ends only when it is cleared. */
  readonly never: boolean;
}

/** How a case went wrong; empty when it did not. `clean` is what a run without faults sends to the card. */
export async function runCase(made: Lab, fault: PlannedFault, clean: readonly string[], publicKey: Bytes): Promise<string> {
  const { simulated, usb, clock, card } = made;
  simulated.journal.clear();
  fault.plant(made);
  const fromMs = clock.nowMs();
  const good = (result: { readonly certificate: Bytes; readonly signature: Bytes }): boolean =>
    toHex(result.certificate) === toHex(CERTIFICATE) && isSignature(result.signature, publicKey);
  const wrong: string[] = [];
  const judge = async (): Promise<boolean> => {
    const over = new AbortController();
    const endless = clock.sleep(2 * LONGEST_MS, over.signal).then(() => Promise.reject(new Error('it does not end')));
    try {
      if (!good(await Promise.race([attempt(made), endless]))) wrong.push('a wrong answer');
      return true;
    } catch (error) {
      if (!(error instanceof LayerError)) wrong.push(`not typed: ${String(error)}`);
      return false;
    } finally {
      over.abort();
      await endless.catch(() => undefined);
    }
  };
  await judge();
  if (simulated.journal.commands.length > MOST_COMMANDS) wrong.push(`${simulated.journal.commands.length} commands`);
  if (clock.nowMs() - fromMs > LONGEST_MS) wrong.push(`${clock.nowMs() - fromMs} ms`);
  // What reached the card is the beginning of what a good run sends: nothing twice, nothing out of order.
  const sent = commandsOf(made).join(' ');
  if (!clean.join(' ').startsWith(sent)) wrong.push(`sent ${sent}`);
  // The fault ends by itself, by something that the driver does, or now. The attempt that meets no fault any more works.
  if (fault.never) fault.clear(made);
  for (let again = 0; ; again++) {
    await settled();
    if (simulated.cardIn() === null) simulated.insert(card);
    if (!simulated.device.plugged) usb.plug(simulated.device);
    await settled();
    simulated.journal.clear();
    if (await judge()) break;
    if (!fault.met(made)) wrong.push('an attempt without a fault failed');
    if (again === 2) {
      wrong.push('the fault does not end');
      break;
    }
  }
  fault.clear(made);
  return wrong.join(', ');
}

export interface Level {
  readonly name: string;
  readonly options: SimulatedReaderOptions;
  readonly atr?: Bytes;
}

export const LEVELS: readonly Level[] = [
  { name: 'extended APDU level', options: {} },
  { name: 'short APDU level', options: { level: 'short-apdu' } },
  { name: 'TPDU level, T=1', options: { level: 'tpdu' } },
  // The shortest ATR: T=0 with everything at its default.
  { name: 'TPDU level, T=0', options: { level: 'tpdu' }, atr: hex('3b00') },
];

/** What a matrix needs before its first case, so that the clock takes no real time for waiting. */
export async function prepare(): Promise<void> {
  // Loaded when a reader needs them.
  await Promise.all([import('../../src/channel/few-readers.ts'), import('../../src/ccid/slot-watch.ts'), import('../../src/ccid/quirk-table.ts')]);
  // Transfers of the simulated bus take a turn of the event loop, not a millisecond.
  const later = globalThis.setTimeout;
  vi.stubGlobal('setTimeout', (job: () => void, ms = 0) => (ms === 0 ? setImmediate(job) : later(job, ms)));
}

/** A matrix of cases at each exchange level, all on one card; `more` adds tests of its own on it. */
export function matrix(
  title: string,
  atLevel: (level: (typeof LEVELS)[number], piv: KeyCard) => Promise<void>,
  more: (piv: () => KeyCard) => void = () => undefined,
): void {
  describe(title, () => {
    let piv: KeyCard;

    beforeAll(async () => {
      piv = await pivCard();
      await prepare();
    });

    afterAll(() => {
      vi.unstubAllGlobals();
    });

    it.each(LEVELS)('$name', { timeout: 300_000 }, (level) => atLevel(level, piv));
    more(() => piv);
  });
}
