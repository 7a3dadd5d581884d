import { beforeAll, describe, expect, it } from 'vitest';
import { ChannelError } from '../../src/channel/errors.ts';
import { type Bytes, bytes, toHex, type TraceEvent } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import type { keyInjectionEntryPoints } from '../../src/minidriver/keys/key-injection.ts';
import { adminResponse, Bench, type Card, given, PIN, preparedImage, PUK, publicKeyOf } from './minidriver-bench.ts';
import { agree, derive, type Name, NEXT, signing, user } from './minidriver-pair.ts';
import { KEY_PAIRS } from './minidriver-pairs-keys.ts';
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

type Injection = keyof ReturnType<typeof keyInjectionEntryPoints>;

/** Secure key injection: the calls of the pairs, which say that there is none. */
const unsupported = (name: Injection): { readonly expected: m.ReturnCodeName; readonly call: (card: Card) => Promise<unknown> } => {
  const [expected, call] = KEY_PAIRS[name].negative;
  return { expected, call: (card) => call(card, new Bench()) };
};

/** Functions that ask the card for nothing. */
const UNASKED: Readonly<
  Record<
    'CardDeleteContext' | 'CardQueryCapabilities' | 'CardQueryKeySizes' | 'CardSetProperty' | Injection,
    { readonly expected: m.ReturnCodeName; readonly call: (card: Card) => Promise<unknown> }
  >
> = {
  CardDeleteContext: { expected: 'SCARD_S_SUCCESS', call: (card) => card.CardDeleteContext() },
  CardQueryCapabilities: { expected: 'SCARD_S_SUCCESS', call: (card) => card.CardQueryCapabilities({ dwVersion: 1 }) },
  CardQueryKeySizes: { expected: 'SCARD_S_SUCCESS', call: (card) => card.CardQueryKeySizes(m.AT_KEYEXCHANGE, 0, { dwVersion: 1 }) },
  // On PIV the card keeps no property that can be set.
  CardSetProperty: { expected: 'SCARD_S_SUCCESS', call: (card) => card.CardSetProperty(m.CP_PIN_CONTEXT_STRING, 'text', 0) },
  MDImportSessionKey: unsupported('MDImportSessionKey'),
  MDEncryptData: unsupported('MDEncryptData'),
  CardImportSessionKey: unsupported('CardImportSessionKey'),
  CardGetSharedKeyHandle: unsupported('CardGetSharedKeyHandle'),
  CardGetAlgorithmProperty: unsupported('CardGetAlgorithmProperty'),
  CardGetKeyProperty: unsupported('CardGetKeyProperty'),
  CardSetKeyProperty: unsupported('CardSetKeyProperty'),
  CardDestroyKey: unsupported('CardDestroyKey'),
  CardProcessEncryptedData: unsupported('CardProcessEncryptedData'),
};

describe('the card is taken away in the middle', () => {
  let image: unknown;
  beforeAll(async () => {
    image = await preparedImage();
  });

  const MAP = m.encodeContainerMap([{ wszGuid: 'name', bFlags: 3, wSigKeySizeBits: 0, wKeyExchangeKeySizeBits: 2048 }]);
  type Call = (card: Card, bench: Bench) => Promise<unknown>;
  /** Functions that speak to the card, from a context just acquired. */
  const ASKING: Readonly<Record<Exclude<Name, keyof typeof UNASKED>, Call>> = {
    CardAuthenticatePin: user,
    CardAuthenticateEx: (card) => card.CardAuthenticateEx(1, 0, PIN),
    CardGetChallenge: (card) => card.CardGetChallenge(),
    CardGetChallengeEx: (card) => card.CardGetChallengeEx(2, 0),
    CardAuthenticateChallenge: async (card) => card.CardAuthenticateChallenge(await adminResponse(await card.CardGetChallenge())),
    CardUnblockPin: (card) => card.CardUnblockPin('user', PUK, PIN, 0, 2),
    CardChangeAuthenticator: (card) => card.CardChangeAuthenticator('user', PIN, PIN, 0, 2),
    CardChangeAuthenticatorEx: (card) => card.CardChangeAuthenticatorEx(2, 1, PIN, 1, PIN, 0),
    CardDeauthenticate: async (card) => (await user(card), card.CardDeauthenticate('user', 0)),
    CardDeauthenticateEx: async (card) => (await user(card), card.CardDeauthenticateEx(0xff, 0)),
    CardCreateContainer: async (card) => (await user(card), card.CardCreateContainer(7, 1, m.AT_ECDHE_P256, 0, null)),
    CardCreateContainerEx: async (card) => (await user(card), card.CardCreateContainerEx(7, 1, m.AT_ECDHE_P256, 0, null, 1)),
    CardDeleteContainer: async (card) => (await user(card), card.CardDeleteContainer(5, 0)),
    CardGetContainerInfo: (card) => card.CardGetContainerInfo(0, 0, { dwVersion: 1 }),
    CardGetContainerProperty: (card) => card.CardGetContainerProperty(1, m.CCP_ASSOCIATED_ECDH_KEY, 0),
    CardSetContainerProperty: async (card) => (await user(card), card.CardSetContainerProperty(1, m.CCP_ASSOCIATED_ECDH_KEY, 4, 0)),
    CardGetProperty: (card) => card.CardGetProperty(m.CP_CARD_GUID, 0),
    CardReadFile: (card) => card.CardReadFile('mscp', 'cmapfile', 0),
    CardWriteFile: async (card) => (await user(card), card.CardWriteFile('mscp', 'cmapfile', 0, MAP)),
    CardDeleteFile: async (card) => (await user(card), card.CardDeleteFile('mscp', 'kxc00', 0)),
    CardCreateFile: async (card) => (await user(card), card.CardCreateFile('mscp', 'kxc09', 0, m.EveryoneReadUserWriteAc)),
    CardEnumFiles: (card) => card.CardEnumFiles('mscp', 0),
    CardGetFileInfo: (card) => card.CardGetFileInfo('mscp', 'kxc00', { dwVersion: 1 }),
    CardQueryFreeSpace: (card) => card.CardQueryFreeSpace(0, { dwVersion: 1 }),
    CardSignData: (card) => card.CardSignData(signing()),
    CardRSADecrypt: async (card) => {
      await user(card);
      return given(card.CardRSADecrypt)({
        dwVersion: 2,
        bContainerIndex: 2,
        dwKeySpec: 1,
        pbData: bytes(256).fill(1),
        dwPaddingType: m.CARD_PADDING_NONE,
      });
    },
    CardConstructDHAgreement: async (card) => {
      await user(card);
      const pbPublicKey = m.encodePublicKeyBlob(await publicKeyOf(card, 4), 'key-exchange');
      return given(card.CardConstructDHAgreement)({ dwVersion: 2, bContainerIndex: 4, dwFlags: 0, pbPublicKey });
    },
    CardAcquireContext: (card, bench) => bench.module.CardAcquireContext(bench.data({ hScard: card.hScard }), 0),
    CardCreateDirectory: async (card) => (await user(card), card.CardCreateDirectory('other', m.UserCreateDeleteDirAc)),
    CardDeleteDirectory: async (card) => {
      await user(card);
      await card.CardCreateDirectory('other', m.UserCreateDeleteDirAc);
      return card.CardDeleteDirectory('other');
    },
    CardDeriveKey: async (card) => derive(card, await agree(card)),
    CardDestroyDHAgreement: async (card) => given(card.CardDestroyDHAgreement)(await agree(card), 0),
  };

  it('the two tables name exactly the 45', () => {
    const all = [...Object.keys(ASKING), ...Object.keys(UNASKED)];
    expect([...all].sort()).toEqual(['CardAcquireContext', ...Object.keys(m.ENTRY_POINT_VERSIONS)].sort());
    console.log(`removal: ${Object.keys(ASKING).length} functions at each of their commands, ${Object.keys(UNASKED).length} that need no card`);
  });

  it.each(Object.entries(ASKING))('%s: SCARD_W_REMOVED_CARD at each of its commands, and nothing hangs', async (_, call) => {
    // How many commands the call takes, where nothing is in the way.
    const whole = new Bench({ image });
    await call(await whole.acquire(), whole);
    const commands = whole.terminal.log.length;
    expect(commands).toBeGreaterThan(0);
    for (let after = 0; after < Math.min(commands, 40); after++) {
      const bench = new Bench({ image });
      const card = await bench.acquire();
      card.hScard = failing(bench, 'card-removed', after);
      expect(await code(call(card, bench)), `after ${after} of ${commands}`).toBe('SCARD_W_REMOVED_CARD');
      await card.CardDeleteContext();
    }
  });

  it.each(Object.entries(UNASKED))('%s needs no card: the same answer when it is gone', async (_, { expected, call }) => {
    const bench = new Bench({ image });
    const card = await bench.acquire();
    expect(await code(call(card))).toBe(expected);
    expect(bench.terminal.log).toEqual([]);
    const other = new Bench({ image });
    const without = await other.acquire();
    without.hScard = failing(other, 'card-removed', 0);
    expect(await code(call(without))).toBe(expected);
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
