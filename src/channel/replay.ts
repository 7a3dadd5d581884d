import { type Bytes } from '../codec/bytes.ts';
import { fromHex } from '../codec/hex.ts';
import { Lock } from '../usb/index.ts';
import { ChannelError, type ChannelReason } from './errors.ts';
import { commandLine, TRACE_HEAD } from './record.ts';
import type { CardChannel, CardTransaction, ChannelCloseReason, ChannelLimits, OpenReader, Reader, ReaderSource, Slot } from './types.ts';

/**
 * One reader with one card that does what a recorded trace says, line by line. Anything else rejects with ChannelError `protocol` that
 * names the line; so does closing the reader before the last line.
 * @throws ChannelError `protocol` for text that is no trace
 */
export function createReplaySource(trace: string, name = 'Replay'): ReaderSource {
  const script = new Script(trace);
  const reader = new ReplayReader(script, name);
  return {
    kind: 'replay',
    list: () => Promise.resolve([reader]),
    request: () => Promise.resolve(reader),
    onChange: () => () => undefined,
    access: () => Promise.resolve({ reason: 'ready', reachable: true, remedies: [] }),
  };
}

class Script {
  readonly atr: Bytes;
  readonly protocol: CardChannel['protocol'];
  readonly limits: ChannelLimits;
  readonly #lines: readonly { readonly number: number; readonly text: string }[];
  #at = 0;

  constructor(trace: string) {
    this.#lines = trace
      .split('\n')
      .map((text, index) => ({ number: index + 1, text: text.trim() }))
      .filter(({ text }) => text !== '' && !text.startsWith('#'));
    this.take(TRACE_HEAD);
    this.atr = this.hex(this.field('atr'));
    const protocol = this.field('protocol');
    if (protocol !== 'T=0' && protocol !== 'T=1' && protocol !== 'unknown') this.fail('no protocol');
    this.protocol = protocol;
    const [shortCommandBytes = 0, extendedCommandBytes = 0, answerBytes = 0] = this.field('limits').split(' ').map(Number);
    this.limits = { shortCommandBytes, extendedCommandBytes, answerBytes };
  }

  /** The next line without consuming it; empty at the end. */
  get next(): string {
    return this.#lines[this.#at]?.text ?? '';
  }

  skip(): void {
    this.#at++;
  }

  take(expected: string): void {
    if (this.next !== expected) this.fail(`the trace says "${this.next}", what happened is "${expected}"`);
    this.skip();
  }

  field(key: string): string {
    if (!this.next.startsWith(`${key} `)) this.fail(`the trace says "${this.next}", expected ${key}`);
    const value = this.next.slice(key.length + 1);
    this.skip();
    return value;
  }

  hex(text: string): Bytes {
    try {
      return fromHex(text);
    } catch {
      return this.fail('not hexadecimal');
    }
  }

  /** @throws ChannelError `protocol` with the line's number */
  fail(text: string): never {
    const number = this.#lines[this.#at]?.number ?? (this.#lines.at(-1)?.number ?? 0) + 1;
    throw new ChannelError('protocol', 'not-sent', `line ${number}: ${text}`);
  }
}

class ReplayReader implements Reader {
  readonly info: Reader['info'];
  readonly #script: Script;

  constructor(script: Script, name: string) {
    this.#script = script;
    this.info = { id: 'replay-1', name, simulated: true };
  }

  open(): Promise<OpenReader> {
    const script = this.#script;
    let resolveClosed: (reason: ChannelCloseReason) => void = () => undefined;
    const closed = new Promise<ChannelCloseReason>((resolve) => {
      resolveClosed = resolve;
    });
    const slot: Slot = {
      index: 0,
      presence: 'present',
      onChange: () => () => undefined,
      connect: () => Promise.resolve(replayChannel(script, closed)),
    };
    return Promise.resolve({
      slots: [slot],
      closed,
      close: async () => {
        resolveClosed('closed');
        if (script.next !== '') script.fail('the rest of the trace was not asked for');
      },
    });
  }

  describe(): ReturnType<Reader['describe']> {
    return Promise.resolve({ device: [{ name: 'replay', value: this.info.name }], ccid: [], quirks: [] });
  }
}

function replayChannel(script: Script, closed: Promise<ChannelCloseReason>): CardChannel {
  const lock = new Lock();
  return {
    atr: script.atr,
    protocol: script.protocol,
    limits: script.limits,
    closed,
    close: () => Promise.resolve(),
    transaction: (body) =>
      lock.run(async () => {
        const interrupted = script.next === 'begin interrupted';
        script.take(interrupted ? 'begin interrupted' : 'begin');
        try {
          const result = await body(replayTransaction(script, interrupted));
          script.take('end');
          return result;
        } catch (error) {
          // A body that failed where the recorded one did goes on with the next transaction.
          if (script.next === 'end') script.skip();
          throw error;
        }
      }),
  };
}

function replayTransaction(script: Script, interrupted: boolean): CardTransaction {
  let { atr } = script;
  return {
    interrupted,
    limits: script.limits,
    get atr() {
      return atr;
    },
    transmit: async (command) => {
      script.take(commandLine(command));
      if (script.next.startsWith('<! ')) {
        const [reason, outcome] = script.field('<!').split(' ');
        throw new ChannelError(reason as ChannelReason, outcome === 'not-sent' ? 'not-sent' : 'unknown', 'failed in the trace');
      }
      if (script.next.includes('hidden')) script.fail('the answer was not public and is not in the trace');
      return script.hex(script.field('<='));
    },
    reset: async (kind) => {
      atr = script.hex(script.field(`reset ${kind}`));
      return atr;
    },
  };
}
