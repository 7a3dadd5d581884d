import { beforeAll, describe, expect, it } from 'vitest';
import { ChannelError } from '../../src/channel/errors.ts';
import { type Bytes, bytes, toHex, type TraceEvent } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { adminResponse, Bench, type Card, given, PIN, preparedImage, PUK, publicKeyOf } from './minidriver-bench.ts';
import { NEXT, signing, user } from './minidriver-pair.ts';
import { code } from '../unit/minidriver/outcomes.ts';

/* The card is taken away, or its reader, in the middle of each function: the right code, nothing hangs, nothing is sent twice. */

/** A terminal of this bench that fails as the channel does, from a number of commands on. */
function failing(bench: Bench, reason: 'card-removed' | 'card-reset' | 'unplugged' | 'busy', after: number): Bench['terminal'] {
  const { terminal } = bench;
  let sent = 0;
  return {
    ...terminal,
    log: terminal.log,
    clear: () => terminal.clear(),
    instructions: () => terminal.instructions(),
    async transmit(command, options) {
      if (sent++ >= after) throw new ChannelError(reason, 'unknown', 'the test took the card away');
      return terminal.transmit(command, options);
    },
  };
}

describe('the card is taken away in the middle', () => {
  let image: unknown;
  beforeAll(async () => {
    image = await preparedImage();
  });

  const MAP = m.encodeContainerMap([{ wszGuid: 'name', bFlags: 3, wSigKeySizeBits: 0, wKeyExchangeKeySizeBits: 2048 }]);
  /** Calls that speak to the card, from a context just acquired. */
  const calls: readonly (readonly [m.EntryPointName, (card: Card) => Promise<unknown>])[] = [
    ['CardAuthenticatePin', user],
    ['CardAuthenticateEx', (card) => card.CardAuthenticateEx(1, 0, PIN)],
    ['CardGetChallenge', (card) => card.CardGetChallenge()],
    ['CardGetChallengeEx', (card) => card.CardGetChallengeEx(2, 0)],
    ['CardAuthenticateChallenge', async (card) => card.CardAuthenticateChallenge(await adminResponse(await card.CardGetChallenge()))],
    ['CardUnblockPin', (card) => card.CardUnblockPin('user', PUK, PIN, 0, 2)],
    ['CardChangeAuthenticator', (card) => card.CardChangeAuthenticator('user', PIN, PIN, 0, 2)],
    ['CardChangeAuthenticatorEx', (card) => card.CardChangeAuthenticatorEx(2, 1, PIN, 1, PIN, 0)],
    ['CardDeauthenticate', async (card) => (await user(card), card.CardDeauthenticate('user', 0))],
    ['CardDeauthenticateEx', async (card) => (await user(card), card.CardDeauthenticateEx(0xff, 0))],
    ['CardCreateContainer', async (card) => (await user(card), card.CardCreateContainer(7, 1, m.AT_ECDHE_P256, 0, null))],
    ['CardCreateContainerEx', async (card) => (await user(card), card.CardCreateContainerEx(7, 1, m.AT_ECDHE_P256, 0, null, 1))],
    ['CardDeleteContainer', async (card) => (await user(card), card.CardDeleteContainer(5, 0))],
    ['CardGetContainerInfo', (card) => card.CardGetContainerInfo(0, 0, { dwVersion: 1 })],
    ['CardGetContainerProperty', (card) => card.CardGetContainerProperty(1, m.CCP_ASSOCIATED_ECDH_KEY, 0)],
    ['CardSetContainerProperty', async (card) => (await user(card), card.CardSetContainerProperty(1, m.CCP_ASSOCIATED_ECDH_KEY, 4, 0))],
    ['CardGetProperty', (card) => card.CardGetProperty(m.CP_CARD_GUID, 0)],
    ['CardReadFile', (card) => card.CardReadFile('mscp', 'cmapfile', 0)],
    ['CardWriteFile', async (card) => (await user(card), card.CardWriteFile('mscp', 'cmapfile', 0, MAP))],
    ['CardDeleteFile', async (card) => (await user(card), card.CardDeleteFile('mscp', 'kxc00', 0))],
    ['CardCreateFile', async (card) => (await user(card), card.CardCreateFile('mscp', 'kxc09', 0, m.EveryoneReadUserWriteAc))],
    ['CardEnumFiles', (card) => card.CardEnumFiles('mscp', 0)],
    ['CardGetFileInfo', (card) => card.CardGetFileInfo('mscp', 'kxc00', { dwVersion: 1 })],
    ['CardQueryFreeSpace', (card) => card.CardQueryFreeSpace(0, { dwVersion: 1 })],
    ['CardSignData', (card) => card.CardSignData(signing())],
    [
      'CardRSADecrypt',
      async (card) => {
        await user(card);
        return given(card.CardRSADecrypt)({
          dwVersion: 2,
          bContainerIndex: 2,
          dwKeySpec: 1,
          pbData: bytes(256).fill(1),
          dwPaddingType: m.CARD_PADDING_NONE,
        });
      },
    ],
    [
      'CardConstructDHAgreement',
      async (card) => {
        await user(card);
        const pbPublicKey = m.encodePublicKeyBlob(await publicKeyOf(card, 4), 'key-exchange');
        return given(card.CardConstructDHAgreement)({ dwVersion: 2, bContainerIndex: 4, dwFlags: 0, pbPublicKey });
      },
    ],
  ];

  it.each(calls)('%s: SCARD_W_REMOVED_CARD at each of its commands, and nothing hangs', async (_, call) => {
    // How many commands the call takes, where nothing is in the way.
    const whole = new Bench({ image });
    await call(await whole.acquire());
    const commands = whole.terminal.log.length;
    expect(commands).toBeGreaterThan(0);
    for (let after = 0; after < Math.min(commands, 40); after++) {
      const bench = new Bench({ image });
      const card = await bench.acquire();
      card.hScard = failing(bench, 'card-removed', after);
      expect(await code(call(card)), `after ${after} of ${commands}`).toBe('SCARD_W_REMOVED_CARD');
      await card.CardDeleteContext();
    }
  });

  it.each([
    ['card-reset', 'SCARD_W_RESET_CARD'],
    ['unplugged', 'SCARD_E_READER_UNAVAILABLE'],
    ['busy', 'SCARD_E_SHARING_VIOLATION'],
  ] as const)('%s is %s', async (reason, expected) => {
    const bench = new Bench({ image });
    const card = await bench.acquire();
    card.hScard = failing(bench, reason, 0);
    expect(await code(card.CardSignData(signing()))).toBe(expected);
  });

  it('a PIN that may have reached the card is sent once', async () => {
    const bench = new Bench({ image });
    const card = await bench.acquire();
    const sent: string[] = [];
    const { terminal } = bench;
    card.hScard = {
      ...failing(bench, 'card-reset', 99),
      transmit: async (command: Bytes) => {
        sent.push(toHex(command.subarray(0, 2)));
        if (command[1] === 0x20) throw new ChannelError('card-reset', 'unknown', 'reset');
        return terminal.transmit(command);
      },
    };
    expect(await code(card.CardAuthenticatePin('user', PIN))).toBe('SCARD_W_RESET_CARD');
    expect(sent.filter((each) => each === '0020').length).toBe(1);
  });

  it('no PIN and no key is in a trace of all this', async () => {
    const events: TraceEvent[] = [];
    const bench = new Bench({ image, module: { trace: (event) => void events.push(event) } });
    const card = await bench.acquire();
    await card.CardAuthenticatePin('user', PIN);
    await card.CardAuthenticatePin(PIN as never, PIN).catch(() => undefined);
    await card.CardChangeAuthenticatorEx(2, 1, PIN, 1, NEXT, 0);
    expect(events.length).toBeGreaterThan(2);
    const text = JSON.stringify(events);
    for (const secret of ['123456', '654321', toHex(PIN), toHex(NEXT)]) expect(text).not.toContain(secret);
  });
});
