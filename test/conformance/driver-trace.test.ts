import { describe, expect, it } from 'vitest';
import type { TracedEvent, TraceEvent } from '../../src/codec/index.ts';
import { createReplaySource, recordChannel } from '../../src/channel/index.ts';
import { bench, firstSlot, withCard } from './driver-setup.ts';
import { EchoCard, echoAtr } from './echo-card.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);

describe('trace, record and replay', () => {
  const SELECT = Uint8Array.of(0, 0xa4, 4, 0, 2, 0xa0, 0, 0);
  const VERIFY = Uint8Array.of(0, 0x20, 0, 0x80, 8, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0xff, 0xff);

  it('a trace holds bodies of public commands only', async () => {
    const events: TraceEvent[] = [];
    const { reader } = await bench({ cards: [new EchoCard(true)] }, { trace: (event) => events.push(event) });
    await withCard(reader, (channel) =>
      channel.transaction(async (card) => {
        await card.transmit(SELECT);
        await card.transmit(VERIFY);
      }),
    );
    const apdus = events.filter((event): event is Extract<TracedEvent, { layer: 'apdu' }> => event.layer === 'apdu');
    expect(apdus.map((event) => [event.kind, event.ins, event.body?.length])).toEqual([
      ['command', 0xa4, SELECT.length],
      ['response', 0xa4, 2],
      ['command', 0x20, undefined],
      ['response', 0x20, undefined],
    ]);
    expect(events.map((event) => `${event.layer} ${event.kind}`)).toEqual(
      expect.arrayContaining(['usb open', 'ccid command', 'ccid response', 'card power', 'card begin', 'card end', 'usb close']),
    );
  });

  it('a recording plays again; a difference and leftovers fail with the line number', async () => {
    const { reader } = await bench({ cards: [new EchoCard(true)] });
    const text = await withCard(reader, async (channel) => {
      const recording = recordChannel(channel);
      await recording.channel.transaction(async (card) => {
        await card.transmit(SELECT);
        await card.transmit(VERIFY);
        await card.transmit(ECHO);
      });
      return recording.text();
    });
    expect(text).not.toContain('313233');
    expect(text.split('\n').slice(4)).toEqual([
      'begin',
      '=> 00a4040002a00000',
      '<= 6d00',
      '=> 00200080 + 9 hidden',
      '<= 6d00',
      '=> 80ee0000 + 5 hidden',
      '<= 3 hidden + 9000',
      'end',
      '',
    ]);

    const play = async (commands: readonly (typeof SELECT)[]): Promise<void> => {
      const [replayed] = await createReplaySource(text).list();
      if (replayed === undefined) throw new Error('no reader');
      const { open, slot } = await firstSlot(replayed);
      const channel = await slot.connect();
      expect(channel.atr).toEqual(echoAtr(true));
      await channel.transaction(async (card) => {
        for (const command of commands) expect(await card.transmit(command)).toEqual(Uint8Array.of(0x6d, 0));
      });
      await open.close();
    };
    await expect(play([SELECT, VERIFY, ECHO])).rejects.toMatchObject({
      reason: 'protocol',
      message: expect.stringMatching(/^line 11: the answer was not public/) as string,
    });
    await expect(play([SELECT, SELECT])).rejects.toMatchObject({ message: expect.stringMatching(/^line 8: /) as string });
    const shortened = text.replace(/=> 80ee.*\n.*\n/, '');
    const [replayed] = await createReplaySource(shortened).list();
    if (replayed === undefined) throw new Error('no reader');
    const { open } = await firstSlot(replayed);
    await expect(open.close()).rejects.toMatchObject({ message: expect.stringMatching(/^line 5: the rest/) as string });
    expect(() => createReplaySource('nonsense')).toThrow(/^line 1: /);
  });
});
