import { describe, expect, it } from 'vitest';
import { type Bytes, concat, fromHex, toHex } from '../../src/codec/index.ts';
import { createSimulatedReader } from '../../src/simulator/reader/index.ts';
import { outcome, SUITE_READERS, suiteCases, type SuiteReader, suiteReader } from '../conformance/exchange-suite.ts';
import { startBus } from './lab.ts';
import { DIFFERENCES, EMPTY_PACKET_APART } from './libccid-differences.ts';
import { KNOWN_READER, startPcsc, type Talk } from './pcsc.ts';
import { pcscClient } from './shim.ts';

class Failed extends Error {}

/**
 * What an application above PC/SC does for one whole command: chains what the reader carries in short APDUs only, fetches what the
 * card holds back, and repeats a command once with the right length.
 */
async function whole(talk: Talk, command: Bytes, { extended, keeps }: { readonly extended: boolean; readonly keeps: boolean }): Promise<Bytes> {
  const one = async (apdu: Bytes): Promise<Bytes> => {
    const answer = await talk.say(`${keeps ? '-' : ''}${toHex(apdu)}`);
    if (!/^([0-9a-f]{2}){2,}$/.test(answer)) throw new Failed(answer);
    return fromHex(answer);
  };
  const sw = (answer: Bytes): number => ((answer.at(-2) ?? 0) << 8) | (answer.at(-1) ?? 0);
  const [cla = 0, ins = 0, p1 = 0, p2 = 0] = command;
  let last = command;
  if (!extended && command.length > 7 && command[4] === 0) {
    const n = ((command[5] ?? 0) << 8) | (command[6] ?? 0);
    const data = command.slice(7, 7 + n);
    let at = 0;
    for (; n - at > 255; at += 255) {
      const part = await one(concat(Uint8Array.of(cla | 0x10, ins, p1, p2, 255), data.slice(at, at + 255)));
      if (sw(part) !== 0x9000) return part;
    }
    last = concat(Uint8Array.of(cla, ins, p1, p2, n - at), data.slice(at), command.length > 7 + n ? Uint8Array.of(0) : new Uint8Array(0));
  }
  let answer = await one(last);
  if (sw(answer) >> 8 === 0x6c) answer = await one(concat(last.slice(0, 4), Uint8Array.of(sw(answer) & 0xff)));
  const parts = [answer.slice(0, -2)];
  for (let i = 0; sw(answer) >> 8 === 0x61 && i < 600; i++) {
    answer = await one(Uint8Array.of(cla, 0xc0, 0, 0, sw(answer) & 0xff));
    parts.push(answer.slice(0, -2));
  }
  return concat(...parts, answer.slice(-2));
}

/** The suite's readers, and one that the emulated bus makes. */
const ROWS: readonly SuiteReader[] = [...SUITE_READERS, EMPTY_PACKET_APART];

/** What libccid makes of the suite on one reader: only what is not right, by case. */
async function run(row: SuiteReader): Promise<Readonly<Record<string, string>>> {
  const reader = createSimulatedReader({ ...KNOWN_READER, ...suiteReader(row) });
  await using bus = await startBus();
  const emptyPacketApart = row === EMPTY_PACKET_APART;
  const pcsc = await startPcsc(bus, bus.plug('1-1', reader.device, { emptyPacketApart }));
  try {
    const talk = pcsc.talk(pcscClient());
    if (row.fault !== undefined) reader.fault(row.fault);
    const found: Record<string, string> = {};
    const hello = await talk.line().catch((error: unknown) => String(error));
    if (!hello.startsWith('T=')) return { 'the card': hello.replace(/^.*(! \w+).*$/s, '$1') };
    for (const each of suiteCases(row)) {
      const answer = await whole(talk, each.command, { extended: row.extended, keeps: emptyPacketApart }).catch((error: unknown) => {
        if (error instanceof Failed) return error.message;
        throw error;
      });
      // An error code tells what pcscd made of it, not what happened.
      const came = answer === '' ? 'an empty answer' : typeof answer === 'string' ? 'fails' : outcome(each, answer);
      if (came !== 'right') found[each.name] = came;
    }
    await talk.end();
    return found;
  } finally {
    await pcsc.stop();
  }
}

describe('the exchange suite over libccid: where it differs from the driver stands in a list', () => {
  it.each(ROWS.map((row) => [row.name, row] as const))('%s', async (name, row) => {
    const found = await run(row);
    if (process.env['PRINT_DIFFERENCES'] !== undefined) console.log(name, JSON.stringify(found));
    const listed = Object.fromEntries(
      DIFFERENCES.filter((each) => each.reader === name).flatMap((each) => each.cases.map((one) => [one, each.libccid])),
    );
    // Neither an unlisted difference nor a listed one that is gone.
    expect(found).toEqual(listed);
  });

  it('each difference says which side is right, and why', () => {
    for (const each of DIFFERENCES) {
      expect(ROWS.map((row) => row.name)).toContain(each.reader);
      expect(['driver', 'libccid', 'either']).toContain(each.right);
      expect(each.why.length).toBeGreaterThan(20);
      expect(each.cases.length).toBeGreaterThan(0);
    }
  });
});
