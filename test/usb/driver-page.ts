import { createWebUsbSource, type CardChannel, type OpenReader, type Reader } from '../../src/channel/index.ts';
import { fromHex, LayerError, toHex } from '../../src/codec/index.ts';
import { hostEnvironment, hostUsb } from '../../src/usb/index.ts';

/** The driver by itself in a page: what tests ask of it. */
export interface DriverInPage {
  /** Verdict on a reader by its product name, and the ways out. */
  access(name: string): Promise<{ readonly reason: string; readonly remedies: readonly string[] }>;
  /** Asks the person for a reader when the page is clicked next; answers its name, or null when they chose none. */
  requestOnClick(): Promise<string | null>;
  /** Names of the readers that may be used without asking. */
  list(): Promise<readonly string[]>;
  /** Opens, powers a slot, transmits, closes. */
  run(
    name: string,
    commands: readonly string[],
    slot?: number,
  ): Promise<{ readonly atr: string; readonly protocol: string; readonly answers: readonly string[] }>;
  /** Opens and powers, and keeps it. */
  hold(name: string): Promise<void>;
  /** One command on what is held: the answer, or how it failed. */
  transmit(command: string): Promise<string>;
  /** One command on every slot of a reader, all at once. */
  bothSlots(name: string, command: string): Promise<readonly string[]>;
  /** How the held channel ended. */
  ended(): Promise<string>;
  letGo(): Promise<void>;
}

declare global {
  interface Window {
    driver: DriverInPage;
  }
}

const source = createWebUsbSource({ usb: hostUsb(), environment: hostEnvironment() });
let held: { readonly reader: OpenReader; readonly channel: CardChannel } | null = null;

async function named(name: string): Promise<Reader> {
  const reader = (await source.list()).find((item) => item.info.name === name);
  if (reader === undefined) throw new Error(`no reader ${name}`);
  return reader;
}

async function powered(name: string, index = 0): Promise<{ readonly reader: OpenReader; readonly channel: CardChannel }> {
  const reader = await (await named(name)).open();
  const slot = reader.slots[index];
  if (slot === undefined) throw new Error('no slot');
  try {
    return { reader, channel: await slot.connect() };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

const now = (): { readonly reader: OpenReader; readonly channel: CardChannel } => {
  if (held === null) throw new Error('nothing is held');
  return held;
};

window.driver = {
  access: async (name) => {
    const { reason, remedies } = await source.access(await named(name));
    return { reason, remedies };
  },
  requestOnClick: () =>
    new Promise((resolve, reject) => {
      document.addEventListener('click', () => void source.request().then((reader) => resolve(reader?.info.name ?? null), reject), { once: true });
    }),
  list: async () => (await source.list()).map((reader) => reader.info.name),
  run: async (name, commands, slot) => {
    const { reader, channel } = await powered(name, slot);
    try {
      const answers = await channel.transaction(async (card) => {
        const all: string[] = [];
        for (const command of commands) all.push(toHex(await card.transmit(fromHex(command))));
        return all;
      });
      return { atr: toHex(channel.atr), protocol: channel.protocol, answers };
    } finally {
      await channel.close();
      await reader.close();
    }
  },
  hold: async (name) => {
    held = await powered(name);
  },
  transmit: async (command) => {
    try {
      return await now().channel.transaction(async (card) => toHex(await card.transmit(fromHex(command))));
    } catch (error) {
      if (error instanceof LayerError) return `${error.layer} ${error.reason} ${'outcome' in error ? String(error.outcome) : ''}`.trim();
      throw error;
    }
  },
  bothSlots: async (name, command) => {
    const reader = await (await named(name)).open();
    try {
      const channels = await Promise.all(reader.slots.map((slot) => slot.connect()));
      return await Promise.all(channels.map((channel) => channel.transaction(async (card) => toHex(await card.transmit(fromHex(command))))));
    } finally {
      await reader.close();
    }
  },
  ended: () => now().channel.closed,
  letGo: async () => {
    const { reader, channel } = now();
    held = null;
    await channel.close();
    await reader.close();
  },
};
