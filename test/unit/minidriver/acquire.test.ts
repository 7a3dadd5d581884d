import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../../src/codec/index.ts';
import {
  type CARD_DATA,
  type CardDataFields,
  CardEdgeError,
  createCardModule,
  ENTRY_POINT_VERSIONS,
  newCardData,
  RETURN_CODES,
} from '../../../src/minidriver/index.ts';
import { FakeEdge, type FakeOptions, USER_PIN } from './fake-edge.ts';
import { ATR, bench } from './harness.ts';
import { code, failure, NULL } from './outcomes.ts';

type Fields = Partial<Record<keyof CardDataFields<object>, unknown>>;

/** Code of CardAcquireContext with these fields in CARD_DATA. */
async function acquire(fields: Fields, dwFlags = 0, options: FakeOptions = {}): Promise<string> {
  const module = createCardModule<object>(async () => new FakeEdge(options));
  const card = newCardData<object>({ pbAtr: ATR, hScard: {} });
  Object.assign(card, fields);
  return code(module.CardAcquireContext(card, dwFlags));
}

describe('CardAcquireContext', () => {
  it('positive: fills the 44 entry points and writes the version back', async () => {
    const { card } = await bench();
    expect(Object.keys(ENTRY_POINT_VERSIONS)).toHaveLength(44);
    for (const name of Object.keys(ENTRY_POINT_VERSIONS)) expect(typeof card[name as keyof CARD_DATA], name).toBe('function');
    expect(card.dwVersion).toBe(7);
    expect(card.pvVendorSpecific).not.toBeNull();
  });

  it.each([
    ['version 4', 4, 4],
    ['version 6', 6, 6],
    ['version 7', 7, 7],
    ['a version to come', 9, 7],
  ])('negotiates %s', async (_, asked, given) => {
    const { card } = await bench({}, { dwVersion: asked });
    expect(card.dwVersion).toBe(given);
  });

  it('fills no entry point younger than the version', async () => {
    const { card } = await bench({}, { dwVersion: 5 });
    expect(await code(card.CardGetProperty('PIN List', 0))).toBe('SCARD_E_INVALID_PARAMETER');
    expect((await card.CardQueryCapabilities({ dwVersion: 1 })).fKeyGen).toBe(true);
  });

  it.each<[string, Fields, number, string]>([
    ['version 0', { dwVersion: 0 }, 0, 'ERROR_REVISION_MISMATCH'],
    ['version 3', { dwVersion: 3 }, 0, 'ERROR_REVISION_MISMATCH'],
    ['pbAtr NULL', { pbAtr: null }, 0, 'SCARD_E_INVALID_PARAMETER'],
    ['cbAtr 0', { pbAtr: new Uint8Array(0) }, 0, 'SCARD_E_INVALID_PARAMETER'],
    ['cbAtr 2', { pbAtr: Uint8Array.of(0x3b, 0) }, 0, 'SCARD_E_INVALID_PARAMETER'],
    ['cbAtr 0x22', { pbAtr: new Uint8Array(0x22).fill(0x3b) }, 0, 'SCARD_E_INVALID_PARAMETER'],
    ['ATR all FF', { pbAtr: new Uint8Array(12).fill(0xff) }, 0, 'SCARD_E_UNKNOWN_CARD'],
    ['ATR all 00', { pbAtr: new Uint8Array(12) }, 0, 'SCARD_E_UNKNOWN_CARD'],
    ['pwszCardName NULL', { pwszCardName: null }, 0, 'SCARD_E_INVALID_PARAMETER'],
    ['pfnCspAlloc NULL', { pfnCspAlloc: null }, 0, 'SCARD_E_INVALID_PARAMETER'],
    ['pfnCspReAlloc NULL', { pfnCspReAlloc: null }, 0, 'SCARD_E_INVALID_PARAMETER'],
    ['pfnCspFree NULL', { pfnCspFree: null }, 0, 'SCARD_E_INVALID_PARAMETER'],
    ['hScard 0', { hScard: 0 }, 0, 'SCARD_E_INVALID_HANDLE'],
    ['hSCardCtx 0', { hSCardCtx: 0 }, 0, 'SCARD_E_INVALID_HANDLE'],
    ['dwFlags 2', {}, 2, 'SCARD_E_INVALID_PARAMETER'],
    ['dwFlags FFFFFFFF', {}, 0xffffffff, 'SCARD_E_INVALID_PARAMETER'],
    ['no-card mode', {}, 1, 'SCARD_E_UNSUPPORTED_FEATURE'],
    [
      'cache callbacks and pfnCspGetDHAgreement NULL',
      { pfnCspCacheAddFile: null, pfnCspCacheLookupFile: null, pfnCspGetDHAgreement: null },
      0,
      'SCARD_S_SUCCESS',
    ],
  ])('%s', async (_, fields, dwFlags, expected) => {
    expect(await acquire(fields, dwFlags)).toBe(expected);
  });

  it('pCardData NULL is SCARD_E_INVALID_PARAMETER', async () => {
    const module = createCardModule<object>(async () => new FakeEdge());
    expect(await code(module.CardAcquireContext(NULL, 0))).toBe('SCARD_E_INVALID_PARAMETER');
  });

  it('a card of another family is SCARD_E_UNKNOWN_CARD with the reason as cause', async () => {
    const cause = new CardEdgeError('unknown-card', 'not ours');
    const module = createCardModule<object>(async () => Promise.reject(cause));
    const error = await failure(module.CardAcquireContext(newCardData<object>({ pbAtr: ATR, hScard: {} }), 0));
    expect([error.name, error.dwCode, error.cause]).toEqual(['SCARD_E_UNKNOWN_CARD', 0x8010000d, cause]);
  });

  it('a failed call leaves CARD_DATA without a context', async () => {
    const module = createCardModule<object>(async () => Promise.reject(new CardEdgeError('unknown-card', 'not ours')));
    const card = newCardData<object>({ pbAtr: ATR, hScard: {} });
    await failure(module.CardAcquireContext(card, 0));
    expect(card.pvVendorSpecific).toBeNull();
    expect(await code(card.CardGetChallenge())).toBe('SCARD_E_INVALID_PARAMETER');
  });

  it('NULL members only where the specification wants them', async () => {
    const rsa = await bench({ types: [{ kind: 'rsa', keyBits: 2048 }] });
    expect([rsa.card.CardConstructDHAgreement, rsa.card.CardDeriveKey, rsa.card.CardDestroyDHAgreement]).toEqual([null, null, null]);
    expect(rsa.card.CardRSADecrypt).not.toBeNull();
    const ec = await bench({ types: [{ kind: 'ec', curve: 'P-256' }] });
    expect(ec.card.CardRSADecrypt).toBeNull();
    expect(ec.card.CardDeriveKey).not.toBeNull();
  });
});

describe('CardDeleteContext', () => {
  it('positive: works without a transaction, and once', async () => {
    const { card, edge } = await bench();
    (card as { hScard: unknown }).hScard = null;
    await card.CardDeleteContext();
    expect([card.pvVendorSpecific, edge.exchanges]).toEqual([null, 0]);
    expect(await code(card.CardDeleteContext())).toBe('SCARD_E_INVALID_PARAMETER');
    expect(await code(card.CardGetChallenge())).toBe('SCARD_E_INVALID_PARAMETER');
  });

  it('SupportMultiple: deleting one context does not disturb another', async () => {
    const edges: FakeEdge[] = [];
    const module = createCardModule<object>(async () => {
      edges.push(new FakeEdge());
      return edges.at(-1) as FakeEdge;
    });
    const transaction = {};
    const [one, two] = [newCardData<object>({ pbAtr: ATR, hScard: transaction }), newCardData<object>({ pbAtr: ATR, hScard: transaction })];
    await module.CardAcquireContext(one, 0);
    await module.CardAcquireContext(two, 0);
    await two.CardAuthenticateEx(1, 0, USER_PIN);
    await one.CardDeleteContext();
    expect(await two.CardGetProperty('Authenticated State', 0)).toBe(0x0a);
    expect(edges).toHaveLength(2);
  });
});

describe('hScard', () => {
  it('Reconnect: another transaction is adopted once, before the card is used', async () => {
    const { card, edge } = await bench();
    const first = card.hScard;
    await card.CardGetChallenge();
    expect(edge.attached).toEqual([]);
    const second = {};
    card.hScard = second;
    await card.CardGetChallenge();
    await card.CardGetChallenge();
    expect(edge.attached).toEqual([second]);
    card.hScard = first;
    await card.CardGetChallenge();
    expect(edge.attached).toEqual([second, first]);
  });

  it('missing is SCARD_E_INVALID_HANDLE, and the context lives on', async () => {
    const { card } = await bench();
    const { hScard } = card;
    (card as { hScard: unknown }).hScard = null;
    expect(await code(card.CardGetChallenge())).toBe('SCARD_E_INVALID_HANDLE');
    card.hScard = hScard;
    expect(await card.CardGetChallenge()).toHaveLength(8);
  });

  it('a failed adoption is tried again at the next call', async () => {
    const { card, edge } = await bench();
    card.hScard = {};
    edge.nextFailure = new CardEdgeError('card-refused', 'refused');
    expect(await code(card.CardGetChallenge())).toBe('SCARD_E_UNEXPECTED');
    await card.CardGetChallenge();
    expect(edge.attached).toHaveLength(2);
  });
});

describe('calls at the same time', () => {
  it('MultiThreaded: five callers times five never overlap on the card', async () => {
    const { card, edge } = await bench();
    await Promise.all(Array.from({ length: 25 }, () => card.CardEnumFiles('mscp', 0)));
    expect(edge.overlap).toBe(1);
    expect(edge.exchanges).toBeGreaterThan(25);
  });

  it('the same fake does see an overlap when it is asked without the module', async () => {
    const edge = new FakeEdge();
    await Promise.all([edge.identity(), edge.identity()]);
    expect(edge.overlap).toBe(2);
  });

  it('two contexts on one transaction take turns too', async () => {
    const edge = new FakeEdge();
    const module = createCardModule<object>(async () => edge);
    const transaction = {};
    const cards = [newCardData<object>({ pbAtr: ATR, hScard: transaction }), newCardData<object>({ pbAtr: ATR, hScard: transaction })];
    for (const card of cards) await module.CardAcquireContext(card, 0);
    await Promise.all(cards.flatMap((card) => [card.CardReadFile(null, 'cardid', 0), card.CardReadFile('mscp', 'cmapfile', 0)]));
    expect(edge.overlap).toBe(1);
  });

  it('a failed call does not stop the next', async () => {
    const { card } = await bench();
    const [first, second] = await Promise.allSettled([card.CardAuthenticateEx(1, 0, Uint8Array.of(1, 2, 3, 4, 5, 6)), card.CardGetChallenge()]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
  });
});

describe('trace', () => {
  it('records each entry point with its code, in order, and the names asked for', async () => {
    const events: TraceEvent[] = [];
    const { card } = await bench({}, {}, (event) => events.push(event));
    await card.CardAuthenticateEx(1, 0, USER_PIN);
    await code(card.CardGetProperty('No Such Thing' as 'PIN List', 0));
    await code(card.CardReadFile('mscp', 'kxc00', 0));
    await card.CardDeleteContext();
    const calls = events.flatMap((event) => (event.layer === 'minidriver' ? [[event.entryPoint, event.detail, event.result]] : []));
    expect(calls).toEqual([
      ['CardAcquireContext', undefined, 0],
      ['CardAuthenticateEx', 'PinId 1', 0],
      ['CardGetProperty', 'No Such Thing, 0', RETURN_CODES.SCARD_E_INVALID_PARAMETER],
      ['CardReadFile', 'mscp/kxc00', RETURN_CODES.SCARD_E_FILE_NOT_FOUND],
      ['CardDeleteContext', undefined, 0],
    ]);
  });

  it('no PIN is recorded, not even by a caller who mixes up parameters', async () => {
    const events: TraceEvent[] = [];
    const { card } = await bench({}, {}, (event) => events.push(event));
    await code(card.CardAuthenticatePin('123456', USER_PIN));
    await code(card.CardUnblockPin('12345678', USER_PIN, USER_PIN, 0, 2));
    await code(card.CardChangeAuthenticatorEx(2, 1, USER_PIN, 1, USER_PIN, 0));
    expect(events.length).toBeGreaterThan(3);
    expect(JSON.stringify(events)).not.toContain('123456');
    expect(JSON.stringify([...events, { detail: '123456' }])).toContain('123456');
  });
});
