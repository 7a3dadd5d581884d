import { constants, createPublicKey, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CardContainers } from '../../src/app/containers/index.ts';
import { createDiagnosticsFlow } from '../../src/app/diagnostics/flow.ts';
import type { EnrollmentFlow } from '../../src/app/enrollment/state.ts';
import { createWebUsbSource } from '../../src/channel/index.ts';
import { type Bytes, copy } from '../../src/codec/bytes.ts';
import { publicKeyJwk } from '../../src/crypto/public-key.ts';
import * as m from '../../src/minidriver/index.ts';
import { openPivEdge } from '../../src/piv/card-edge.ts';
import { createPivCard, createSimulatedReader, createSimulatedUsb, type PivProfileName, pivProfiles } from '../../src/simulator/index.ts';
import type { CardImage } from '../unit/app/card-helpers.ts';
import { at, enroll, flowBench, PIN, planFor, PUK, toRequest, typed as octets } from '../unit/app/enrollment-helpers.ts';
import { testCertificate } from '../unit/piv/test-certificate.ts';
import { terminal } from '../unit/piv/transactions.ts';
import { openPage } from './driver-setup.ts';
import { issuedImage } from './piv-issued.ts';
import { recordedCard, type RecordedCard, triesStaked } from './piv-recorder.ts';

/*
 * No PIN try is staked that the person did not type, in the flows of the app: as many commands with a PIN or PUK in them reach the card as
 * were typed. A key that wants the PIN before each use is the one exception, and says beforehand how often one typing is sent.
 */

interface On {
  readonly card: RecordedCard;
  readonly flow: EnrollmentFlow;
  /** A PIN or PUK as somebody types it: counted, `sends` times where the screen said so. */
  readonly typed: (text: string, sends?: number) => Bytes;
}

interface Flow {
  readonly name: string;
  readonly run: (on: On) => Promise<void>;
  /** What the card's memory has before; an issued card when left out, an empty one for null. */
  readonly memory?: ((image: CardImage) => void) | null;
}

const WRONG = '999999';

/** Up to the screen that asks for the PIN. */
async function toPin(flow: EnrollmentFlow, containerIndex: number): Promise<void> {
  await flow.connect();
  await flow.openKeyChoice();
  await flow.chooseKey(planFor(containerIndex, 'P-256'));
  if (flow.state.kind === 'confirm-overwrite') await flow.confirmOverwrite();
  await flow.submitManagementKey({ mode: 'default' });
}

async function toEnd(flow: EnrollmentFlow): Promise<void> {
  await flow.issueCertificate('demonstration');
  await flow.writeCertificate();
  at(flow, 'done');
}

async function containersOf(card: RecordedCard): Promise<CardContainers> {
  const data = m.newCardData({ pbAtr: card.atr, hScard: terminal(card), pwszCardName: 'card' });
  await m.createCardModule<ReturnType<typeof terminal>>(openPivEdge).CardAcquireContext(data, 0);
  return new CardContainers(data);
}

const noTriesLeft = (left: number) => (image: CardImage) => {
  image.pin.left = left;
};

const FLOWS: readonly Flow[] = [
  {
    name: 'connect, look at every place, release',
    run: async ({ flow }) => {
      await flow.connect();
      await flow.openKeyChoice();
      expect(at(flow, 'choose-key').options).toHaveLength(24);
    },
  },
  {
    name: 'diagnostics',
    run: async ({ card }) => {
      const usb = createSimulatedUsb([createSimulatedReader({ cards: [card] }).device]);
      const flow = createDiagnosticsFlow({ openSources: (trace) => [createWebUsbSource({ usb, environment: openPage, simulated: true, trace })] });
      await flow.look();
      const { state } = flow;
      await flow.test((state.kind === 'ready' ? state.readers[0]?.info.id : undefined) ?? '');
      const after = flow.state;
      expect(after.kind === 'ready' ? after.selected?.slots[0]?.card?.card?.places : undefined).toHaveLength(24);
      await flow.release();
    },
  },
  {
    name: 'an enrollment in 9A of an empty card',
    memory: null,
    run: async ({ flow, typed }) => {
      await toPin(flow, 0);
      await flow.submitPin(typed(PIN));
      await toEnd(flow);
    },
  },
  {
    name: 'an enrollment in 9C: one typing, sent as often as the screen said',
    memory: null,
    run: async ({ flow, typed }) => {
      await toPin(flow, 1);
      const { sends } = at(flow, 'enter-pin').prompt;
      expect(sends).toBe(3);
      await flow.submitPin(typed(PIN, sends));
      await toEnd(flow);
    },
  },
  {
    name: 'renewal: a new key over the old one',
    run: async ({ flow, typed }) => {
      await toPin(flow, 0);
      await flow.submitPin(typed(PIN));
      await toEnd(flow);
    },
  },
  {
    name: 'a request for a key that is there, given up',
    run: async ({ flow, typed }) => {
      await toRequest(flow, { containerIndex: 3, key: { kind: 'existing' }, subject: 'CN=Ada' }, { mode: 'default' }, '');
      at(flow, 'enter-pin');
      await flow.submitPin(typed(PIN));
      at(flow, 'request-ready');
      await flow.back();
    },
  },
  {
    name: 'a wrong PIN in an enrollment, then the right one',
    memory: null,
    run: async ({ flow, typed }) => {
      await toPin(flow, 0);
      await flow.submitPin(typed(WRONG));
      expect(at(flow, 'enter-pin').prompt.mistake?.what).toBe('pin-wrong');
      await flow.submitPin(typed(PIN));
      await toEnd(flow);
    },
  },
  {
    name: 'values that can be no PIN: none is sent',
    run: async ({ flow }) => {
      await toPin(flow, 0);
      await flow.submitPin(octets('12345'));
      await flow.submitPin(octets('123456789'));
      at(flow, 'enter-pin');
      await flow.back();
    },
  },
  {
    name: 'the last try: not without a word, and once with it',
    memory: noTriesLeft(1),
    run: async ({ flow, typed }) => {
      await toPin(flow, 0);
      expect(at(flow, 'enter-pin').prompt.lastTry).toBe(true);
      await flow.submitPin(octets(PIN));
      expect(at(flow, 'enter-pin').prompt.mistake?.what).toBe('last-try-unconfirmed');
      await flow.submitPin(typed(PIN), { lastTryConfirmed: true });
      at(flow, 'request-ready');
    },
  },
  {
    name: 'a blocked PIN: the PUK is asked for, and the PIN typed anew',
    memory: noTriesLeft(0),
    run: async ({ flow, typed }) => {
      await toPin(flow, 0);
      at(flow, 'change-secret');
      await flow.changeSecret({ current: typed(PUK), next: octets('654321') });
      at(flow, 'overview');
      await flow.openKeyChoice();
      await flow.chooseKey(planFor(0, 'P-256'));
      if (flow.state.kind === 'confirm-overwrite') await flow.confirmOverwrite();
      if (flow.state.kind === 'management-key') await flow.submitManagementKey({ mode: 'default' });
      await flow.submitPin(typed('654321'));
      at(flow, 'request-ready');
    },
  },
  {
    name: 'PIN change: wrong, impossible, right, and back again',
    run: async ({ flow, typed }) => {
      await flow.connect();
      await flow.openSecretTask('change-pin');
      await flow.changeSecret({ current: typed(WRONG), next: octets('654321') });
      await flow.changeSecret({ current: octets(PIN), next: octets('1') });
      // The new PIN was typed too, and the card is authenticated by it afterwards (S707 4.2.9).
      await flow.changeSecret({ current: typed(PIN), next: typed('654321') });
      at(flow, 'overview');
      await flow.openSecretTask('change-pin');
      await flow.changeSecret({ current: typed('654321'), next: typed(PIN) });
      at(flow, 'overview');
    },
  },
  {
    name: 'PUK change: wrong, then right',
    run: async ({ flow, typed }) => {
      await flow.connect();
      await flow.openSecretTask('change-puk');
      await flow.changeSecret({ current: typed('00000000'), next: octets('87654321') });
      at(flow, 'change-secret');
      await flow.changeSecret({ current: typed(PUK), next: octets('87654321') });
      at(flow, 'overview');
    },
  },
  {
    name: 'unblocking by the PUK: wrong, then right',
    run: async ({ flow, typed }) => {
      await flow.connect();
      await flow.openSecretTask('unblock-pin');
      await flow.changeSecret({ current: typed('00000000'), next: octets('654321') });
      at(flow, 'change-secret');
      await flow.changeSecret({ current: typed(PUK), next: octets('654321') });
      at(flow, 'overview');
    },
  },
  {
    name: 'given up with the PIN accepted, connected again: it is typed again',
    memory: null,
    run: async ({ flow, typed }) => {
      await toPin(flow, 0);
      await flow.submitPin(typed(PIN));
      await flow.cancel();
      await toPin(flow, 0);
      at(flow, 'enter-pin');
      await flow.submitPin(typed(PIN));
      await toEnd(flow);
    },
  },
  {
    name: 'containers: list, read, sign, decrypt, derive',
    run: async ({ card, typed }) => {
      const containers = await containersOf(card);
      const [rsa, , ec, free] = await containers.list();
      if (rsa === undefined || ec === undefined || free === undefined) throw new Error('a container is missing');
      await free.sign(octets('x'), { kind: 'ecdsa', hash: 'SHA-256', form: 'raw' });
      await rsa.certificate();
      await containers.authenticate(typed(PIN));
      await rsa.sign(octets('x'), { kind: 'rsa-pkcs1', hash: 'SHA-256' });
      await rsa.sign(octets('y'), { kind: 'rsa-pss', hash: 'SHA-256', saltBytes: 32 });
      const { publicKey } = ec;
      const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
      const point = copy(Buffer.concat([Buffer.of(4), Buffer.from(key.x ?? '', 'base64url'), Buffer.from(key.y ?? '', 'base64url')]));
      expect(publicKey.kind).toBe('ec');
      await ec.derive({ kind: 'ec', curve: 'P-256', point }, { kind: 'raw' });
      await containers.deauthenticate();
    },
  },
  {
    name: 'containers: a wrong PIN, and what needs a PIN without one',
    run: async ({ card, typed }) => {
      const containers = await containersOf(card);
      const rsa = await containers.get(0);
      if (rsa === undefined) throw new Error('no key in 9A');
      const node = createPublicKey({ key: publicKeyJwk(rsa.publicKey) as never, format: 'jwk' });
      const cipher = publicEncrypt({ key: node, padding: constants.RSA_PKCS1_OAEP_PADDING }, octets('x'));
      await expect(rsa.decrypt(cipher, { kind: 'oaep', hash: 'SHA-1' })).rejects.toMatchObject({ reason: 'SCARD_W_SECURITY_VIOLATION' });
      await expect(containers.authenticate(typed(WRONG))).rejects.toMatchObject({ reason: 'SCARD_W_WRONG_CHV' });
      await expect(rsa.sign(octets('x'), { kind: 'rsa-pkcs1', hash: 'SHA-256' })).rejects.toMatchObject({ reason: 'SCARD_W_SECURITY_VIOLATION' });
      // A card that nobody here can administer is read-only.
      await expect(rsa.setCertificate(testCertificate(rsa.publicKey))).rejects.toMatchObject({
        reason: expect.stringMatching(/^SCARD_(W_SECURITY_VIOLATION|E_UNSUPPORTED_FEATURE)$/) as string,
      });
    },
  },
];

async function judged(profile: PivProfileName, { memory, run }: Flow): Promise<{ readonly staked: number; readonly typed: number }> {
  const image = memory === null ? undefined : (structuredClone(await issuedImage(profile)) as CardImage);
  if (image !== undefined) memory?.(image);
  const card = recordedCard(createPivCard({ profile, ...(image === undefined ? {} : { image }) }));
  const { flow } = flowBench({ card });
  let typed = 0;
  await run({
    card,
    flow,
    typed: (text, sends = 1) => {
      typed += sends;
      return octets(text);
    },
  });
  await flow.release();
  return { staked: triesStaked(card.seen), typed };
}

describe.each(Object.keys(pivProfiles) as PivProfileName[])('%s: as many tries are staked as were typed in the app', (profile) => {
  it.each(FLOWS.map((flow) => [flow.name, flow] as const))('%s', { timeout: 30_000 }, async (_name, flow) => {
    const { staked, typed } = await judged(profile, flow);
    expect(staked).toBe(typed);
  });
});

describe('the count in the app', () => {
  it('catches a PIN that nobody typed, and a PIN typed once and sent twice', async () => {
    expect(
      await judged('yubikey-5.7', {
        name: 'planted',
        memory: null,
        run: async ({ flow, card, typed }) => {
          await toPin(flow, 0);
          await flow.submitPin(typed(PIN));
          await card.transmit(copy(Buffer.concat([Buffer.of(0x00, 0x20, 0x00, 0x80, 0x08), Buffer.from(PIN), Buffer.of(0xff, 0xff)])));
        },
      }),
    ).toEqual({ staked: 2, typed: 1 });
    const { staked, typed } = await judged('nist', {
      name: 'planted',
      memory: null,
      run: async ({ flow, typed: by }) => void (by(PIN), await enroll(flow, planFor(1, 'P-256'))),
    });
    expect([staked, typed]).toEqual([3, 1]);
  });
});
