import { describe, expect, it } from 'vitest';
import { createDiagnosticsFlow } from '../../src/app/diagnostics/flow.ts';
import { CardContainers } from '../../src/app/containers/index.ts';
import { createWebUsbSource } from '../../src/channel/index.ts';
import { copy } from '../../src/codec/bytes.ts';
import * as m from '../../src/minidriver/index.ts';
import { openPivEdge } from '../../src/piv/card-edge.ts';
import { typedManagementKey } from '../../src/piv/management.ts';
import { createPivCard, createSimulatedReader, createSimulatedUsb, type PivProfileName, pivProfiles } from '../../src/simulator/index.ts';
import { fromHex } from '../../src/codec/hex.ts';
import { at, enroll, flowBench, planFor } from '../unit/app/enrollment-helpers.ts';
import { terminal } from '../unit/piv/transactions.ts';
import { openPage } from './driver-setup.ts';
import { changing, counted, recordedCard, type RecordedCard, repeatedQuestions, vendorInstructions } from './piv-recorder.ts';
import { issuedImage } from './piv-issued.ts';

/* Whole flows of the app and the minidriver on every profile, judged at the card. */

const profiles = Object.keys(pivProfiles) as PivProfileName[];
const plain = ['nist', 'government'] as const;
const FACTORY = '010203040506070801020304050607080102030405060708';

/** Four certificates of about a kilobyte on it. */
async function issued(profile: PivProfileName): Promise<RecordedCard> {
  return recordedCard(createPivCard({ profile, image: await issuedImage(profile), extendedLength: false }));
}

async function diagnosed(card: RecordedCard): Promise<void> {
  const usb = createSimulatedUsb([createSimulatedReader({ cards: [card] }).device]);
  const flow = createDiagnosticsFlow({ openSources: (trace) => [createWebUsbSource({ usb, environment: openPage, simulated: true, trace })] });
  await flow.look();
  const { state } = flow;
  if (state.kind !== 'ready' || state.readers[0] === undefined) throw new Error(`no reader: ${state.kind}`);
  await flow.test(state.readers[0].info.id);
  const after = flow.state;
  const report = after.kind === 'ready' ? after.selected?.slots[0]?.card : undefined;
  expect(report?.card?.places.filter((place) => place.hasCertificate)).toHaveLength(4);
  await flow.release();
}

/** A minidriver context over the card, with the management key when it may write. */
async function acquired(card: RecordedCard, writes: boolean): Promise<m.CARD_DATA<ReturnType<typeof terminal>>> {
  const module = m.createCardModule<ReturnType<typeof terminal>>(openPivEdge, {
    ...(writes ? { managementKey: () => typedManagementKey(fromHex(FACTORY)) } : {}),
  });
  const data = m.newCardData({ pbAtr: card.atr, hScard: terminal(card), pwszCardName: 'card' });
  await module.CardAcquireContext(data, 0);
  return data;
}

async function readByMinidriver(card: RecordedCard): Promise<void> {
  const data = await acquired(card, false);
  await data.CardQueryCapabilities({ dwVersion: 1 });
  for (const property of [m.CP_CARD_GUID, m.CP_CARD_READ_ONLY, m.CP_CARD_AUTHENTICATED_STATE] as const) await data.CardGetProperty(property, 0);
  await data.CardGetProperty(m.CP_CARD_PIN_INFO, m.ROLE_USER);
  await data.CardReadFile(m.szBASE_CSP_DIR, m.szCONTAINER_MAP_FILE, 0);
  await data.CardReadFile(null, 'cardid', 0);
  await data.CardEnumFiles(m.szBASE_CSP_DIR, 0);
  const containers = await new CardContainers(data).list();
  expect(containers).toHaveLength(4);
  for (const container of containers) expect(await container.certificate()).toBeDefined();
  await data.CardDeauthenticateEx(m.PIN_SET_ALL_ROLES, 0);
  await data.CardDeleteContext();
}

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

/** APDUs up to the overview, and up to the choice of a key. */
async function connected(profile: PivProfileName, extendedLength: boolean): Promise<{ readonly overview: number; readonly choice: number }> {
  const card = recordedCard(createPivCard({ profile, image: await issuedImage(profile), extendedLength }));
  const { flow } = flowBench({ card });
  await flow.connect();
  expect(at(flow, 'overview').card.places).toHaveLength(4);
  const overview = counted(card.seen);
  await flow.openKeyChoice();
  expect(at(flow, 'choose-key').options).toHaveLength(24);
  const choice = counted(card.seen);
  // Read once: another choice and the way back cost nothing.
  await flow.back();
  await flow.openKeyChoice();
  expect(counted(card.seen)).toBe(choice);
  expect(repeatedQuestions(card.seen)).toEqual([]);
  await flow.release();
  return { overview, choice };
}

describe('APDUs when the app connects, four certificates of about 1 kB', () => {
  // SELECT, version, CHUID, serial number where there is one, 4 x 4 for certificates: the inventory. Then what an overview tells besides: on a
  // plain card 9B's algorithm asked four times, discovery, tries; on the other metadata of 4 keys (RSA-2048 in two parts), PIN, PUK and 9B,
  // container map; admin data where the card does not say that 9B is the factory's. The choice of a key looks at the 20 places for retired
  // keys: metadata of each, without metadata the key history and, on cards whose tools write none, the certificates.
  const rows: readonly (readonly [PivProfileName, boolean, number, number])[] = [
    ['nist', false, 25, 26],
    ['government', false, 25, 26],
    ['look-alike', false, 26, 47],
    ['yubikey-4', false, 22, 43],
    ['yubikey-5.4', false, 29, 49],
    ['yubikey-5.7', false, 29, 49],
    ['nist', true, 13, 14],
    ['yubikey-5.7', true, 16, 36],
  ];
  it.each(rows)('%s, extended length %s: %i, and %i with the places for retired keys', async (profile, extended, overview, choice) => {
    const count = await connected(profile, extended);
    console.log(`connect ${profile}${extended ? ', extended length' : ''}: ${count.overview} APDUs, choice of a key ${count.choice} in all`);
    expect(count).toEqual({ overview, choice });
    expect(count.overview).toBeLessThanOrEqual(40);
  });

  it('no profile is left out', () => {
    expect(rows.filter(([, extended]) => !extended).map(([profile]) => profile)).toEqual(expect.arrayContaining(profiles));
  });
});
