import { describe, expect, it } from 'vitest';
import { ChannelError } from '../../src/channel/index.ts';
import { FAULT_ENDS, FAULT_KINDS, type FaultKind } from '../../src/simulator/index.ts';
import { CcidError } from '../../src/ccid/index.ts';
import { UsbError } from '../../src/usb/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';

const COMMAND = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ANSWER = Uint8Array.of(1, 2, 3, 0x90, 0);
/** Commands of one faulty attempt, clean-up included; 21 of them are the retries of a busy reader. */
const MOST_COMMANDS = 60;
const ICC_POWER_ON = 0x62;
const XFR_BLOCK = 0x6f;

/** Faults that the protocol itself carries: the command succeeds when they pass. */
const HARMLESS: ReadonlySet<FaultKind> = new Set(['stray-zlp', 'trailing-bytes', 'stale-reply']);
/** Answers by which the reader says that it did not take the command. */
const REFUSED: ReadonlySet<FaultKind> = new Set(['busy', 'slot-busy']);

/** What T=1 itself repeats, block by block and not the command. */
const REPAIRED: ReadonlySet<FaultKind> = new Set(['parity', 'mute', 'flipped-byte']);

describe.each(['extended-apdu', 'tpdu'] as const)('each fault at XfrBlock, by when it ends, %s level', (level) => {
  for (const kind of FAULT_KINDS)
    for (const until of FAULT_ENDS)
      for (const carriedOut of [false, true])
        it(`${kind}, until ${until}, command ${carriedOut ? '' : 'not '}carried out`, async () => {
          const clock = new AutoClock();
          const card = new EchoCard(true);
          const { reader, simulated } = await bench({ level, clock, cards: [card] }, { clock });
          const { open, slot } = await firstSlot(reader);
          const channel = await slot.connect();
          await channel.transaction((each) => each.transmit(COMMAND));
          simulated.journal.clear();
          card.seen = [];
          simulated.fault({ kind, until, carriedOut, message: XFR_BLOCK });
          // A storm of time extensions has no end of its own: the person gives up.
          const patience = new AbortController();
          let waits = 0;
          const attempt = await channel
            .transaction((each) =>
              each.transmit(COMMAND, {
                signal: patience.signal,
                onWaiting: () => {
                  if (++waits === 50) patience.abort();
                },
              }),
            )
            .then(
              (answer) => answer,
              (error: unknown) => error,
            );
          expect(simulated.journal.commands.length).toBeLessThanOrEqual(MOST_COMMANDS);
          // At most once, whatever happens.
          expect(card.seen.length).toBeLessThanOrEqual(1);
          if (attempt instanceof Uint8Array) {
            // Without check bytes of its own an APDU can be damaged unseen; T=1 sees it.
            if (kind === 'flipped-byte' && level !== 'tpdu') expect(attempt).not.toEqual(ANSWER);
            else expect([HARMLESS.has(kind) || (level === 'tpdu' && REPAIRED.has(kind)), attempt]).toEqual([true, ANSWER]);
          } else {
            expect(attempt).toBeInstanceOf(ChannelError);
            const error = attempt as ChannelError;
            // T=1 has begun an exchange that it can't take back.
            if (REFUSED.has(kind) && level !== 'tpdu') expect(error).toMatchObject({ reason: 'busy', outcome: 'not-sent' });
            else expect(error.outcome).toBe('unknown');
            expect(error.cause instanceof CcidError || error.cause instanceof UsbError || error.cause === undefined).toBe(true);
          }
          if (HARMLESS.has(kind)) expect(attempt).toEqual(ANSWER);

          simulated.clearFaults();
          if (kind === 'unplug') {
            await expect(channel.closed).resolves.toBe('unplugged');
            await expect(open.closed).resolves.toBe('unplugged');
          } else if (kind === 'removal') {
            await expect(channel.closed).resolves.toBe('card-removed');
            expect(slot.presence).toBe('absent');
          } else {
            // The same channel works again, and says when the card was reset in between.
            const again = await channel.transaction(async (each) => ({ interrupted: each.interrupted, answer: await each.transmit(COMMAND) }));
            expect(again.answer).toEqual(ANSWER);
            if (attempt instanceof ChannelError && attempt.outcome === 'unknown') expect(again.interrupted).toBe(true);
          }
          await open.close();
        });
});

describe('each fault at power-on', () => {
  for (const kind of FAULT_KINDS)
    for (const until of FAULT_ENDS)
      it(`${kind}, until ${until}`, async () => {
        const clock = new AutoClock();
        const { reader, simulated } = await bench({ clock, cards: [new EchoCard(true)] }, { clock });
        const { open, slot } = await firstSlot(reader);
        simulated.journal.clear();
        simulated.fault({ kind, until, message: ICC_POWER_ON });
        const patience = new AbortController();
        if (kind === 'time-extension') void clock.sleep(200_000).then(() => patience.abort());
        const attempt = await slot.connect({ signal: patience.signal }).then(
          (channel) => channel,
          (error: unknown) => error,
        );
        expect(simulated.journal.commands.length).toBeLessThanOrEqual(MOST_COMMANDS);
        if (attempt instanceof Error) expect(attempt).toMatchObject({ layer: 'channel', outcome: 'not-sent' });
        if (HARMLESS.has(kind)) expect(attempt).not.toBeInstanceOf(Error);
        simulated.clearFaults();
        if (kind !== 'unplug' && kind !== 'removal' && attempt instanceof Error) {
          const channel = await slot.connect();
          expect(await channel.transaction((each) => each.transmit(COMMAND))).toEqual(ANSWER);
        }
        await open.close();
      });
});
