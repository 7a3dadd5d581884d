import { describe, expect, it } from 'vitest';
import { CardContainers } from '../../src/app/containers/index.ts';
import { copy } from '../../src/codec/bytes.ts';
import * as m from '../../src/minidriver/index.ts';
import { openPivEdge } from '../../src/piv/card-edge.ts';
import { createPivCard } from '../../src/simulator/index.ts';
import { at, enroll, flowBench, planFor } from '../unit/app/enrollment-helpers.ts';
import { terminal } from '../unit/piv/transactions.ts';
import { acquired, diagnosed, issued, profiles, readByMinidriver } from './piv-flow-runs.ts';
import { changing, recordedCard, type RecordedCard, repeatedQuestions, vendorInstructions } from './piv-recorder.ts';

/* Whole flows of the app and the minidriver on every profile, judged at the card. */

const plain = ['nist', 'government'] as const;

describe.each(profiles)('%s: no question is put twice', (profile) => {
  it('when the app connects and lists the card', async () => {
    const card = await issued(profile);
    const bench = flowBench({ card });
    await bench.flow.connect();
    expect(at(bench.flow, 'overview').card.places.filter((place) => place.hasCertificate)).toHaveLength(4);
    expect(repeatedQuestions(card.seen)).toEqual([]);
    await bench.flow.release();
  });

  it('in diagnostics', async () => {
    const card = await issued(profile);
    await diagnosed(card);
    expect(repeatedQuestions(card.seen)).toEqual([]);
  });

  it('through the minidriver: read, sign', async () => {
    const card = await issued(profile);
    await readByMinidriver(card);
    expect(repeatedQuestions(card.seen)).toEqual([]);
    const signing = await issued(profile);
    const data = await acquired(signing, false);
    await new CardContainers(data).authenticate(copy(Buffer.from('123456')));
    for (const container of await new CardContainers(data).list()) {
      const { publicKey, pinId } = container;
      if (pinId !== m.ROLE_USER) continue;
      await container.sign(
        copy(Buffer.from('x')),
        publicKey.kind === 'rsa' ? { kind: 'rsa-pkcs1', hash: 'SHA-256' } : { kind: 'ecdsa', hash: 'SHA-256', form: 'raw' },
      );
    }
    expect(repeatedQuestions(signing.seen)).toEqual([]);
  });

  it('in an enrollment of the app', { timeout: 60_000 }, async () => {
    const card = recordedCard(createPivCard({ profile }));
    const bench = flowBench({ card });
    await enroll(bench.flow, planFor(0, 'P-256'));
    at(bench.flow, 'done');
    // But the tries left, in the transaction that gives the PIN: the last one is never spent on an old answer.
    expect(repeatedQuestions(card.seen)).toEqual([expect.stringMatching(/^(tries|metadata) 80$/)]);
  });
});

describe('the recorder', () => {
  it('sees a question put twice, and that a write, a reset or a PIN command between is a reason', async () => {
    const card = await issued('yubikey-5.7');
    const log = terminal(card);
    await openPivEdge(log, { atr: card.atr });
    await openPivEdge(log, { atr: card.atr });
    expect(repeatedQuestions(card.seen)).toEqual(['select a000000308000010000100', 'fd']);
    card.clear();
    const command = (ins: number, p2: number, data = '') => ({ kind: 'command', ins, p1: 0, p2, data, sw: '9000' }) as const;
    const metadata = command(0xf7, 0x9a);
    expect(repeatedQuestions([metadata, command(0x47, 0x9c), metadata])).toEqual(['metadata 9a']);
    expect(repeatedQuestions([metadata, command(0x47, 0x9a), metadata])).toEqual([]);
    expect(repeatedQuestions([metadata, { kind: 'reset' }, metadata])).toEqual([]);
    const tries = command(0x20, 0x80);
    expect(repeatedQuestions([tries, tries])).toEqual(['tries 80']);
    expect(repeatedQuestions([tries, command(0x20, 0x80, '313233343536ffff'), tries])).toEqual([]);
    const read = command(0xcb, 0xff, '5c035fc102');
    expect(repeatedQuestions([read, command(0xdb, 0xff, '5c035fc1075300'), read])).toEqual(['object 5c035fc102']);
    expect(repeatedQuestions([read, command(0xdb, 0xff, '5c035fc1025300'), read])).toEqual([]);
  });

  it('sees a vendor instruction and a write', () => {
    const command = (ins: number, data = '') => ({ kind: 'command', ins, p1: 0, p2: 0, data, sw: '9000' }) as const;
    expect(vendorInstructions([command(0xfd), command(0xcb), command(0xf7)])).toEqual(['fd', 'f7']);
    expect(changing([command(0xdb), command(0xcb), command(0x87, '7c028100'), command(0x87, '7c028000')])).toEqual(['db', '87']);
  });
});

describe.each(plain)('plain card %s: one vendor instruction, the version probe, and no write', (profile) => {
  it.each<readonly [string, (card: RecordedCard) => Promise<void>]>([
    [
      'the app connects',
      async (card) => {
        const { flow } = flowBench({ card });
        await flow.connect();
        at(flow, 'overview');
        await flow.release();
      },
    ],
    ['diagnostics', diagnosed],
    ['the minidriver reads', readByMinidriver],
    [
      'the edge reads and inspects',
      async (card) => {
        const edge = await openPivEdge(terminal(card), { atr: card.atr });
        await edge.identity();
        await edge.containers();
        for (const role of [1, 2, 3, 4] as const) await edge.pinStatus(role);
        for (let index = 0; index < 24; index++) await edge.readCertificate(index).catch(() => undefined);
        for (const file of ['cmapfile', 'msroots'] as const) await edge.readFile(file);
        await edge.inspect?.();
        await edge.deauthenticate(0b1110);
      },
    ],
  ])('%s', async (_name, run) => {
    const card = await issued(profile);
    await run(card);
    expect(vendorInstructions(card.seen)).toEqual(['fd']);
    expect(changing(card.seen)).toEqual([]);
  });
});
