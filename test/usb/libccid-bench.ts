import { copy, toHex } from '../../src/codec/index.ts';
import type { CardTransaction, DriverOptions, Slot } from '../../src/channel/index.ts';
import { createSimulatedReader, type Fault, type SimulatedReader, type SimulatedReaderOptions } from '../../src/simulator/reader/index.ts';
import { bench, firstSlot } from '../conformance/driver-setup.ts';
import { startBus } from './lab.ts';
import { KNOWN_READER, startPcsc, type Talk } from './pcsc.ts';
import { pcscClient } from './shim.ts';

/** What one side sent to its reader. */
export interface Sent {
  readonly reader: SimulatedReader;
  /** Every message in hexadecimal, in order; bSeq, which counts what went before, as 00. */
  readonly sent: readonly string[];
}

function recorded(reader: SimulatedReader): string[] {
  const list: string[] = [];
  const send = reader.device.submitOut.bind(reader.device);
  reader.device.submitOut = (address, data, complete) => {
    const message = copy(data);
    message[6] = 0;
    list.push(toHex(message));
    send(address, data, complete);
  };
  return list;
}

/** What a run over libccid gets: its client, its reader, and the daemon's own words. */
export interface Libccid extends Sent {
  readonly talk: Talk;
  /** First line of the client: the protocol, or the code with which there was no card to be had. */
  readonly hello: string;
  readonly log: () => string;
}

/** pcscd and libccid on one simulated reader. A client that gets no card says so in `hello` and can be told nothing. `reckons`: see startPcsc. */
export async function withLibccid(options: SimulatedReaderOptions, run: (at: Libccid) => Promise<void>, reckons = false): Promise<Sent> {
  const all = { ...KNOWN_READER, ...options };
  const reader = createSimulatedReader(all);
  const sent = recorded(reader);
  await using bus = await startBus();
  const pcsc = await startPcsc(bus, bus.plug('1-1', reader.device), { vendorId: all.vendorId, productId: all.productId, reckons });
  try {
    const talk = pcsc.talk(pcscClient());
    const hello = await talk.line().catch((error: unknown) => String(error).replace(/^.*(! \w+).*$/s, '$1'));
    await run({ reader, sent, talk, hello, log: () => pcsc.log() });
    await talk.end();
  } finally {
    await pcsc.stop();
  }
  return { reader, sent };
}

/** The same with a card that must be had. */
export function overLibccid(options: SimulatedReaderOptions, run: (talk: Talk, at: Libccid) => Promise<void>, reckons = false): Promise<Sent> {
  const withTalk = async (at: Libccid): Promise<void> => {
    if (!at.hello.startsWith('T=')) throw new Error(`no card: ${at.hello}`);
    await run(at.talk, at);
  };
  return withLibccid(options, withTalk, reckons);
}

/** The driver on the twin of such a reader, with these faults from the beginning. Messages of a run that fails are in `into` all the same. */
export async function overDriver(
  options: SimulatedReaderOptions,
  run: (card: CardTransaction, slot: Slot, reader: SimulatedReader) => Promise<void>,
  {
    driver = {},
    faults = [],
    into,
  }: { readonly driver?: DriverOptions; readonly faults?: readonly Fault[]; readonly into?: (sent: Sent) => void } = {},
): Promise<Sent> {
  const { simulated, reader } = await bench({ ...KNOWN_READER, ...options }, driver);
  const sent = recorded(simulated);
  into?.({ reader: simulated, sent });
  for (const fault of faults) simulated.fault(fault);
  const { open, slot } = await firstSlot(reader);
  try {
    await (await slot.connect()).transaction((card) => run(card, slot, simulated));
  } finally {
    await open.close();
  }
  return { reader: simulated, sent };
}
