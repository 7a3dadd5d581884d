import { describe, expect, it } from 'vitest';
import { type Bytes, concat, fromHex, systemClock, toHex } from '../../src/codec/index.ts';
import { createSimulatedReader, type SimulatedReader } from '../../src/simulator/reader/index.ts';
import { pattern, SUITE_READERS, type SuiteReader, suiteReader } from '../conformance/exchange-suite.ts';
import { overDriver, overLibccid } from './libccid-bench.ts';

/* What libccid sends to a reader, byte for byte, and what the driver sends to its twin for the same commands. */

/** What only one side says, and why: left out of the comparison. `type` is how such a message begins. */
const OWN: readonly { readonly type: string; readonly when: (features: number) => boolean; readonly why: string }[] = [
  { type: '65', when: () => true, why: 'GetSlotStatus: each side asks when its bookkeeping wants it' },
  { type: '63', when: () => true, why: 'IccPowerOff: pcscd leaves the card powered for a while after its last client' },
  { type: '6b', when: () => true, why: 'Escape 6A, firmware features of Gemalto: libccid asks every reader of this vendor' },
  {
    type: '61',
    when: (features) => (features & 0x02) !== 0,
    why: 'SetParameters: libccid sets them although the reader says that it takes them from the ATR itself (dwFeatures 02)',
  },
  {
    type: '6f05000000000000000000c1',
    when: (features) => (features & 0x400) !== 0,
    why: 'S(IFS request) to a reader that negotiates the IFSD itself: a repeated one does no harm and tells the driver what the card accepted',
  },
];

/** S(WTX response) to a request for one waiting time, with bBWI 1 (CCID 1.1, 6.1.4). */
const ONE_WAITING_TIME = /^6f05000000....010000..e301/;

function compared(messages: readonly string[], { ccid }: SimulatedReader): readonly string[] {
  return messages.filter((message) => !OWN.some(({ type, when }) => message.startsWith(type) && when(ccid.dwFeatures)));
}

/** Data there and back, long enough to be chained where the level chains, and with a Le that no card has to correct. */
function commandsFor({ extended, sizes }: SuiteReader): readonly Bytes[] {
  if (sizes !== undefined) return sizes.map((size) => Uint8Array.of(0x80, 0xca, 0, size, size));
  const [there, back] = extended ? [300, 300] : [200, 250];
  const data = pattern(there, 0xef);
  const lc = extended ? Uint8Array.of(0, there >> 8, there & 0xff) : Uint8Array.of(there);
  const le = extended ? Uint8Array.of(0, back >> 8, back & 0xff) : Uint8Array.of(back);
  return [
    fromHex('80ca003434'),
    concat(Uint8Array.of(0x80, 0xef, there >> 8, there & 0xff), lc, data),
    concat(Uint8Array.of(0x80, 0xca, back >> 8, back & 0xff), le),
    fromHex('80ca000101'),
  ];
}

const row = (name: string): SuiteReader => {
  const found = SUITE_READERS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no row ${name}`);
  return found;
};

/** A card that works for a quarter of a second asks twice for more time. */
function slowCard(): SuiteReader {
  const plain = row('TPDU, T=1');
  return {
    ...plain,
    name: 'TPDU, T=1, the card asks for more time',
    options: { ...plain.options, t1WaitingTimeMs: 100 },
    card: () => {
      const card = plain.card();
      const answer = card.transmit.bind(card);
      card.transmit = async (command) => {
        await systemClock.sleep(250);
        return answer(command);
      };
      return card;
    },
  };
}

const ROWS: readonly SuiteReader[] = [
  // libccid has no ENVELOPE (libccid-differences.ts): there is nothing to compare.
  ...SUITE_READERS.filter(({ fault, options }) => fault === undefined && options.zeroLengthPacket !== false && options.t0TakesEnvelope !== true),
  slowCard(),
  { ...row('TPDU, T=1'), name: 'TPDU, T=1, voltage by the host', options: { level: 'tpdu', ccid: { dwFeatures: 0x00010030 } } },
  // The simulated reader has no exchange of its own: answers of one block.
  { ...row('TPDU, T=1'), name: 'TPDU, T=1, IFSD by the reader', options: { level: 'tpdu', ccid: { dwFeatures: 0x00010438 } }, sizes: [1, 5, 20] },
  { ...row('TPDU, T=1'), name: 'TPDU, T=1, negotiated by the reader', options: { level: 'tpdu', ccid: { dwFeatures: 0x00010078 } } },
];

describe('the messages that libccid sends are those that the driver sends', () => {
  it.each(ROWS.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
    const commands = commandsFor(each);
    const theirs = await overLibccid(suiteReader(each), async (talk) => {
      for (const command of commands) await talk.say(toHex(command));
    });
    const ours = await overDriver(suiteReader(each), async (card) => {
      for (const command of commands) await card.transmit(command);
    });
    if (each.name.endsWith('more time')) expect(theirs.sent.filter((message) => ONE_WAITING_TIME.test(message)).length).toBeGreaterThan(4);
    const [mine, other] = [compared(ours.sent, ours.reader), compared(theirs.sent, theirs.reader)];
    expect(other.length).toBeGreaterThan(commands.length);
    expect(mine).toEqual(other);
  });

  it('each message left out says why, and a byte that differs is seen', () => {
    for (const { why } of OWN) expect(why.length).toBeGreaterThan(30);
    const reader = createSimulatedReader({ level: 'tpdu' });
    const block = '6f05000000000000000000c101fe3e';
    expect(compared([block], reader)).not.toEqual(compared([block.replace('fe3e', 'fd3d')], reader));
  });
});
