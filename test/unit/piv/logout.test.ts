import { describe, expect, it } from 'vitest';
import { ChannelError } from '../../../src/channel/errors.ts';
import type { CardTransaction } from '../../../src/channel/types.ts';
import { type Bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import { putData } from '../../../src/piv/data-objects.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { logout, verifyPin } from '../../../src/piv/pin.ts';
import { unblockPin } from '../../../src/piv/pin-change.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, loadCardImage, type PivProfileName } from '../../../src/simulator/card/index.ts';
import type { PersistentCard } from '../../../src/simulator/smart-card.ts';
import { type CardTerminal, terminal } from './transactions.ts';

/* What the card itself holds after logout, asked past the session. */

const PUT_NOTHING = '00db3fff 07 5c035fc1075300';
const SELECT_PIV = '00a4040009a00000030800001000';
const pin = (): Bytes => fromHex('313233343536');
const globalPin = (): Bytes => fromHex('363534333231');
const puk = (): Bytes => fromHex('3132333435363738');
const factoryKey = () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));

const raw = async (card: PersistentCard, command: string): Promise<string> =>
  toHex((await card.transmit(fromHex(command.replace(/ /g, '')))).subarray(-2));

/** Status word of PUT DATA and of the empty VERIFY of a PIN, with PIV selected. */
async function held(card: PersistentCard, reference: '00' | '80' = '80'): Promise<{ readonly put: string; readonly verify: string }> {
  await raw(card, SELECT_PIV);
  return { put: await raw(card, PUT_NOTHING), verify: await raw(card, `002000${reference}`) };
}

/** A plain card whose Global PIN is the primary one, 654321, or may be used beside the PIV PIN; `usage` is the discovery object's. */
function globalCard(usage = '6020', profile: PivProfileName = 'nist'): PersistentCard {
  const image = loadCardImage({ profile, globalPin: '654321', objects: { '7E': `4f0ba0000003080000100001005f2f02${usage}` } }, systemRandom);
  return createPivCard({ profile, image });
}

/** As `inner`, but the answer to the next command is lost after `lose()`. */
function losing(inner: CardTerminal): CardTransaction & { lose(): void } {
  let lost = false;
  return {
    ...inner,
    lose: () => void (lost = true),
    async transmit(command, options) {
      const answer = await inner.transmit(command, options);
      if (!lost) return answer;
      lost = false;
      throw new ChannelError('timeout', 'unknown', 'no answer');
    },
  };
}

describe('logout and key 9B', () => {
  it('the check has teeth: before logout the card writes', async () => {
    const card = createPivCard({ profile: 'yubikey-5.7' });
    const piv = await PivSession.open(terminal(card));
    await authenticateManagement(piv, factoryKey());
    expect(await held(card)).toMatchObject({ put: '9000' });
    await logout(piv);
    expect(await held(card)).toMatchObject({ put: '6982' });
  });

  it('ends when the answer to a later command was lost', async () => {
    const card = createPivCard({ profile: 'yubikey-5.7' });
    const transaction = losing(terminal(card));
    const piv = await PivSession.open(transaction);
    await verifyPin(piv, pin());
    await authenticateManagement(piv, factoryKey());
    transaction.lose();
    await expect(putData(piv, 0x5fc107, fromHex('f000'))).rejects.toMatchObject({ layer: 'channel' });
    await logout(piv);
    expect(await held(card)).toEqual({ put: '6982', verify: '63c3' });
  });

  it('ends when the answer to the authentication itself was lost', async () => {
    const card = createPivCard({ profile: 'yubikey-5.7' });
    const transaction = losing(terminal(card));
    const piv = await PivSession.open(transaction);
    const key = factoryKey();
    const last = { ...key, mutual: async (...witness: Parameters<typeof key.mutual>) => (transaction.lose(), key.mutual(...witness)) };
    await expect(authenticateManagement(piv, last)).rejects.toMatchObject({ layer: 'channel' });
    expect(await held(card)).toMatchObject({ put: '9000' });
    await logout(piv);
    expect(await held(card)).toMatchObject({ put: '6982' });
  });

  it('ends when the card failed its half of the mutual authentication', async () => {
    const card = createPivCard({ profile: 'yubikey-5.7' });
    const piv = await PivSession.open(terminal(card));
    const key = factoryKey();
    const doubting = {
      ...key,
      mutual: async (...witness: Parameters<typeof key.mutual>) => ({ ...(await key.mutual(...witness)), check: async () => false }),
    };
    await expect(authenticateManagement(piv, doubting)).rejects.toMatchObject({ reason: 'not-genuine' });
    expect(await held(card)).toMatchObject({ put: '9000' });
    await logout(piv);
    expect(await held(card)).toMatchObject({ put: '6982' });
  });

  it('outlives the PIN where it shall', async () => {
    const card = createPivCard({ profile: 'yubikey-5.7' });
    const piv = await PivSession.open(terminal(card));
    await verifyPin(piv, pin());
    await authenticateManagement(piv, factoryKey());
    await logout(piv, true);
    expect(await held(card)).toEqual({ put: '9000', verify: '63c3' });
    await logout(piv);
    expect(await held(card)).toMatchObject({ put: '6982' });
  });
});

describe('logout and the Global PIN', () => {
  it.each([false, true])('ends without a reset; with key 9B authenticated: %s', async (administrated) => {
    const card = globalCard();
    const piv = await PivSession.open(terminal(card, { reset: false }));
    await verifyPin(piv, globalPin());
    if (administrated) await authenticateManagement(piv, factoryKey());
    expect(await held(card, '00')).toEqual({ put: administrated ? '9000' : '6982', verify: '9000' });
    await logout(piv);
    expect(await held(card, '00')).toEqual({ put: '6982', verify: '63c5' });
  });

  it('by a reset where the card does not know VERIFY with P1 = FF: SELECT of another application does not end it', async () => {
    const card = globalCard();
    const refusing: PersistentCard = {
      atr: card.atr,
      extendedLength: card.extendedLength,
      reset: (kind) => card.reset(kind),
      save: () => card.save(),
      onChange: (listener) => card.onChange(listener),
      transmit: async (command) => (command[1] === 0x20 && command[2] === 0xff ? fromHex('6a86') : card.transmit(command)),
    };
    const piv = await PivSession.open(terminal(refusing));
    await verifyPin(piv, globalPin());
    await piv.selectAnother();
    expect(await held(card, '00')).toMatchObject({ verify: '9000' });
    await verifyPin(piv, globalPin());
    await logout(piv);
    expect(await held(card, '00')).toEqual({ put: '6982', verify: '63c5' });
    const without = await PivSession.open(terminal(refusing, { reset: false }));
    await verifyPin(without, globalPin());
    await expect(logout(without)).rejects.toMatchObject({ reason: 'unsupported' });
  });
});

describe('the Global PIN of the simulated card', () => {
  const printed = '00cb3fff055c035fc109';
  const verify = (reference: string, value: Bytes): string => `002000${reference}08${toHex(value)}ffff`;

  it.each([
    ['6020', '00', '6a82'],
    ['4000', '00', '6982'],
    ['4000', '80', '6a82'],
  ])('usage %s: VERIFY of %s, then an object behind the PIN answers %s', async (usage, reference, sw) => {
    const card = globalCard(usage);
    await raw(card, SELECT_PIV);
    expect(await raw(card, printed)).toBe('6982');
    expect(await raw(card, verify(reference, reference === '00' ? globalPin() : pin()))).toBe('9000');
    // Neither is the other.
    expect(await raw(card, '00200000')).toBe(reference === '00' ? '9000' : '63c5');
    expect(await raw(card, '00200080')).toBe(reference === '80' ? '9000' : '63c5');
    expect(await raw(card, printed)).toBe(sw);
  });

  it('stays over SELECT of another application, the PIN of PIV does not; power ends both', async () => {
    const card = globalCard();
    await raw(card, SELECT_PIV);
    await raw(card, verify('00', globalPin()));
    await raw(card, verify('80', pin()));
    expect(await raw(card, '00a4040008a000000151000000')).toBe('9000');
    await raw(card, SELECT_PIV);
    expect([await raw(card, '00200000'), await raw(card, '00200080')]).toEqual(['9000', '63c5']);
    card.reset('cold');
    await raw(card, SELECT_PIV);
    expect([await raw(card, '00200000'), await raw(card, '00200080')]).toEqual(['63c5', '63c5']);
  });
});

describe('the PUK on a card that asks for the Global PIN', () => {
  it('is not sent: it unblocks the PIV PIN, and the card would go on asking for the blocked one', async () => {
    const card = globalCard();
    const log = terminal(card);
    const edge = await openPivEdgeWith(log, { atr: copy(log.atr), random: systemRandom, today: () => new Date(0) });
    for (let tries = 0; tries < 5; tries++) await edge.verifyPin(1, fromHex('313131313131')).catch(() => undefined);
    expect(await edge.pinStatus(1)).toMatchObject({ retriesLeft: 0 });
    await expect(edge.unblockPin(4, puk(), 1, fromHex('313233343537'))).rejects.toMatchObject({
      layer: 'card-edge',
      reason: 'unsupported',
      message: expect.stringContaining('PIV PIN only') as string,
    });
    expect(log.instructions()).not.toContain('2c');
  });

  it('serves where the PIV PIN is the primary one', async () => {
    const card = globalCard('6010');
    const piv = await PivSession.open(terminal(card));
    await unblockPin(piv, puk(), fromHex('313233343537'));
    await verifyPin(piv, fromHex('313233343537'));
    expect(piv.pinVerified).toBe(true);
  });
});
