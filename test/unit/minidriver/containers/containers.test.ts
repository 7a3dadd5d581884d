import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy, fromHex } from '../../../../src/codec/index.ts';
import {
  AT_ECDHE_P256,
  AT_ECDSA_P256,
  AT_ECDSA_P384,
  AT_ECDSA_P521,
  AT_KEYEXCHANGE,
  AT_SIGNATURE,
  CardEdgeError,
  createCardModule,
  decodePublicKeyBlob,
  keySpecOf,
  newCardData,
} from '../../../../src/minidriver/index.ts';
import { adminResponse, FakeEdge, USER_PIN } from '../fake-edge.ts';
import { ATR, bench, refusedUnasked, userBench } from '../harness.ts';
import { PRIVATE_BLOB, PUBLIC_BLOB } from '../key-fixture.ts';
import { code, failure, NULL } from '../outcomes.ts';

const GENERATE = 1;
const IMPORT = 2;
const P256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;

/** ECS2 or ECK2 blob of a P-256 key. */
function eccBlob(magic: 'ECS2' | 'ECK2'): Bytes {
  const jwk = P256.export({ format: 'jwk' });
  return copy(
    Buffer.concat([Buffer.from(magic), Buffer.from([32, 0, 0, 0]), ...[jwk.x, jwk.y, jwk.d].map((part) => Buffer.from(part ?? '', 'base64url'))]),
  );
}

describe('CardCreateContainerEx, generating', () => {
  it.each([
    ['RSA for signatures', 2, AT_SIGNATURE, 1024, 1],
    ['RSA for key exchange', 2, AT_KEYEXCHANGE, 1024, 1],
    ['ECDSA P-256', 0, AT_ECDSA_P256, 0, 1],
    ['ECDSA P-384 under the always-prompt PIN', 1, AT_ECDSA_P384, 0, 3],
    ['ECDH P-256', 4, AT_ECDHE_P256, 0, 1],
    ['ECDSA in the place for everyone', 3, AT_ECDSA_P256, 0, 0],
  ])('positive: %s', async (_, index, keySpec, bits, PinId) => {
    const { card, edge } = await userBench();
    await card.CardCreateContainerEx(index, GENERATE, keySpec, bits, null, PinId);
    const info = await card.CardGetContainerInfo(index, 0, { dwVersion: 1 });
    const blob = info.pbSigPublicKey ?? info.pbKeyExPublicKey ?? bytes(0);
    const { key, usage } = decodePublicKeyBlob(blob);
    expect(keySpecOf(key.kind === 'rsa' ? { kind: 'rsa', keyBits: bits } : { kind: 'ec', curve: key.curve }, usage)).toBe(keySpec);
    expect([edge.slots.get(index)?.pinId, edge.slots.get(index)?.origin]).toEqual([PinId, 'generated']);
    expect(await card.CardGetContainerProperty(index, 'PIN Identifier', 0)).toBe(PinId);
  });

  it('the usage that a key was made for holds in the context though the card keeps no word of it', async () => {
    const { card } = await userBench();
    await card.CardCreateContainerEx(0, GENERATE, AT_SIGNATURE, 1024, null, 1);
    const info = await card.CardGetContainerInfo(0, 0, { dwVersion: 1 });
    expect([info.pbSigPublicKey === null, info.pbKeyExPublicKey]).toEqual([false, null]);
  });

  it('an existing key is overwritten', async () => {
    const { card, edge } = await userBench();
    await card.CardCreateContainerEx(2, GENERATE, AT_ECDSA_P256, 0, null, 1);
    const first = edge.slots.get(2)?.key;
    await card.CardCreateContainerEx(2, GENERATE, AT_ECDSA_P256, 0, null, 1);
    expect(edge.slots.get(2)?.key).not.toBe(first);
  });

  it('NonRepeatingKeys', async () => {
    const { card } = await userBench();
    const seen = new Set<string>();
    for (let i = 0; i < 10; i++) {
      await card.CardCreateContainerEx(2, GENERATE, AT_ECDSA_P256, 0, null, 1);
      seen.add((await card.CardGetContainerInfo(2, 0, { dwVersion: 1 })).pbSigPublicKey?.join() ?? '');
    }
    expect(seen.size).toBe(10);
  });

  it.each<[string, Parameters<Awaited<ReturnType<typeof bench>>['card']['CardCreateContainerEx']>]>([
    ['dwFlags 0', [0, 0, AT_ECDSA_P256, 0, null, 1]],
    ['dwFlags 3', [0, 3, AT_ECDSA_P256, 0, null, 1]],
    ['dwFlags FFFFFFFF', [0, 0xffffffff, AT_ECDSA_P256, 0, null, 1]],
    ['keyspec 0', [0, GENERATE, 0, 0, null, 1]],
    ['keyspec 9', [0, GENERATE, 9, 0, null, 1]],
    ['a size for a curve', [0, GENERATE, AT_ECDSA_P256, 256, null, 1]],
    ['no size for RSA', [0, GENERATE, AT_SIGNATURE, 0, null, 1]],
    ['an odd size for RSA', [0, GENERATE, AT_SIGNATURE, 1025, null, 1]],
    ['PinId 0 where a PIN guards', [0, GENERATE, AT_ECDSA_P256, 0, null, 0]],
    ['PinId 2, the administrator', [0, GENERATE, AT_ECDSA_P256, 0, null, 2]],
    ['PinId 3 in the place of role 1', [0, GENERATE, AT_ECDSA_P256, 0, null, 3]],
    ['PinId 8', [0, GENERATE, AT_ECDSA_P256, 0, null, 8]],
    ['index NULL', [NULL, GENERATE, AT_ECDSA_P256, 0, null, 1]],
  ])('%s is SCARD_E_INVALID_PARAMETER before anything is made', async (_, parameters) => {
    const { card, edge } = await userBench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardCreateContainerEx(...parameters));
    expect(edge.slots.size).toBe(0);
  });

  it('a defined key specification or a size that the card lacks is SCARD_E_UNSUPPORTED_FEATURE', async () => {
    const { card, edge } = await userBench();
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardCreateContainerEx(0, GENERATE, AT_ECDSA_P521, 0, null, 1));
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardCreateContainerEx(0, GENERATE, AT_SIGNATURE, 4096, null, 1));
  });

  it('SCARD_E_UNSUPPORTED_FEATURE comes before a bad index', async () => {
    const { card, edge } = await userBench();
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardCreateContainerEx(99, GENERATE, AT_ECDSA_P521, 0, null, 1));
  });

  it.each([8, 99, 255, -1, 0.5])('index %d is SCARD_E_NO_KEY_CONTAINER', async (index) => {
    const { card, edge } = await userBench();
    await refusedUnasked(edge, 'SCARD_E_NO_KEY_CONTAINER', card.CardCreateContainerEx(index, GENERATE, AT_ECDSA_P256, 0, null, 1));
  });

  it('RoleRestrictions: nobody and the administrator alone are SCARD_W_SECURITY_VIOLATION', async () => {
    const { card, edge } = await bench();
    expect(await code(card.CardCreateContainerEx(0, GENERATE, AT_ECDSA_P256, 0, null, 1))).toBe('SCARD_W_SECURITY_VIOLATION');
    await card.CardAuthenticateEx(2, 0, adminResponse(await card.CardGetChallenge()));
    expect(await code(card.CardCreateContainerEx(0, GENERATE, AT_ECDSA_P256, 0, null, 1))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(await code(card.CardCreateContainerEx(3, GENERATE, AT_ECDSA_P256, 0, null, 0))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(edge.slots.size).toBe(0);
  });

  it('no management key, or a refused one, is SCARD_W_SECURITY_VIOLATION with the reason as cause', async () => {
    const { card, edge } = await userBench({ managementKey: false });
    const error = await failure(card.CardCreateContainerEx(0, GENERATE, AT_ECDSA_P256, 0, null, 1));
    expect([error.name, (error.cause as CardEdgeError).reason]).toEqual(['SCARD_W_SECURITY_VIOLATION', 'no-management-key']);
    edge.nextFailure = new CardEdgeError('management-key-refused', 'refused');
    expect(await code(card.CardCreateContainerEx(0, GENERATE, AT_ECDSA_P256, 0, null, 1))).toBe('SCARD_W_SECURITY_VIOLATION');
  });

  it('a full card is SCARD_E_WRITE_TOO_MANY', async () => {
    const { card, edge } = await userBench();
    edge.nextFailure = new CardEdgeError('card-full', 'full');
    expect(await code(card.CardCreateContainerEx(0, GENERATE, AT_ECDSA_P256, 0, null, 1))).toBe('SCARD_E_WRITE_TOO_MANY');
  });

  it('a read-only card is SCARD_E_UNSUPPORTED_FEATURE, whatever the parameters', async () => {
    const { card, edge } = await userBench({ readOnly: true });
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardCreateContainerEx(0, 9, 0, 0, null, 1));
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardCreateContainer(0, GENERATE, AT_ECDSA_P256, 0, null));
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardDeleteContainer(0, 0));
  });

  it('waiting is told to the module', async () => {
    let waited = 0;
    const module = createCardModule<object>(async () => new FakeEdge(), { onWaiting: () => waited++ });
    const card = newCardData<object>({ pbAtr: ATR, hScard: {} });
    await module.CardAcquireContext(card, 0);
    await card.CardAuthenticateEx(1, 0, USER_PIN);
    await card.CardCreateContainerEx(0, GENERATE, AT_ECDSA_P256, 0, null, 1);
    expect(waited).toBe(1);
  });
});

describe('CardCreateContainerEx, importing', () => {
  it('positive: RSA, and the public half comes back as OpenSSL writes it', async () => {
    const { card } = await userBench();
    await card.CardCreateContainerEx(2, IMPORT, AT_KEYEXCHANGE, 1024, PRIVATE_BLOB, 1);
    expect((await card.CardGetContainerInfo(2, 0, { dwVersion: 1 })).pbKeyExPublicKey).toEqual(PUBLIC_BLOB);
  });

  it('positive: ECDSA and ECDH', async () => {
    const { card, edge } = await userBench();
    await card.CardCreateContainerEx(2, IMPORT, AT_ECDSA_P256, 0, eccBlob('ECS2'), 1);
    await card.CardCreateContainerEx(4, IMPORT, AT_ECDHE_P256, 0, eccBlob('ECK2'), 1);
    expect(edge.slots.get(2)?.key.export({ format: 'jwk' })).toEqual(P256.export({ format: 'jwk' }));
    expect((await card.CardGetContainerInfo(4, 0, { dwVersion: 1 })).pbKeyExPublicKey).not.toBeNull();
  });

  it('the private numbers are wiped afterwards, also after a failure; the blob stays the caller’s', async () => {
    const { card, edge } = await userBench();
    const blob = PRIVATE_BLOB.slice();
    await card.CardCreateContainerEx(2, IMPORT, AT_KEYEXCHANGE, 1024, blob, 1);
    const key = edge.lastImported;
    expect(key?.kind === 'rsa' ? [key.p, key.q, key.dP, key.dQ, key.qInv, key.d].every((part) => part.every((octet) => octet === 0)) : false).toBe(
      true,
    );
    expect(key?.kind === 'rsa' && key.modulus.some((octet) => octet !== 0)).toBe(true);
    expect(blob).toEqual(PRIVATE_BLOB);
  });

  it.each<[string, number, Bytes | null]>([
    ['NULL', AT_KEYEXCHANGE, null],
    ['an empty blob', AT_KEYEXCHANGE, bytes(0)],
    ['a public blob', AT_KEYEXCHANGE, PUBLIC_BLOB],
    ['the algorithm of key exchange for AT_SIGNATURE', AT_SIGNATURE, PRIVATE_BLOB],
    ['a cut blob', AT_KEYEXCHANGE, PRIVATE_BLOB.slice(0, 300)],
    ['an RSA blob for a curve', AT_ECDSA_P256, PRIVATE_BLOB],
    ['the magic of ECDH for ECDSA', AT_ECDSA_P256, eccBlob('ECK2')],
    ['another curve', AT_ECDSA_P384, eccBlob('ECS2')],
    ['octets behind the key', AT_ECDSA_P256, concat(eccBlob('ECS2'), fromHex('00'))],
  ])('%s is SCARD_E_INVALID_PARAMETER, and no key is touched', async (_, keySpec, blob) => {
    const { card, edge } = await userBench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardCreateContainerEx(2, IMPORT, keySpec, 1024, blob, 1));
  });

  it('a card that imports nothing, or not this size, is SCARD_E_UNSUPPORTED_FEATURE', async () => {
    const none = await userBench({ canImport: false });
    await refusedUnasked(none.edge, 'SCARD_E_UNSUPPORTED_FEATURE', none.card.CardCreateContainerEx(2, IMPORT, AT_KEYEXCHANGE, 1024, null, 1));
    const large = await userBench({ types: [{ kind: 'rsa', keyBits: 2048 }] });
    await refusedUnasked(
      large.edge,
      'SCARD_E_UNSUPPORTED_FEATURE',
      large.card.CardCreateContainerEx(2, IMPORT, AT_KEYEXCHANGE, 1024, PRIVATE_BLOB, 1),
    );
  });

  it('nobody and the administrator alone are SCARD_W_SECURITY_VIOLATION', async () => {
    const { card } = await bench();
    expect(await code(card.CardCreateContainerEx(2, IMPORT, AT_KEYEXCHANGE, 1024, PRIVATE_BLOB, 1))).toBe('SCARD_W_SECURITY_VIOLATION');
  });
});

describe('CardCreateContainer', () => {
  it('positive: is the other with ROLE_USER', async () => {
    const { card, edge } = await userBench();
    await card.CardCreateContainer(2, GENERATE, AT_ECDSA_P256, 0, null);
    expect(edge.slots.get(2)?.pinId).toBe(1);
  });

  it('a place that ROLE_USER can not guard is SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await userBench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardCreateContainer(1, GENERATE, AT_ECDSA_P256, 0, null));
  });
});

describe('CardDeleteContainer', () => {
  it('positive: by the user, and by the administrator', async () => {
    const { card, edge } = await userBench();
    edge.put(2, P256, 'signature');
    await card.CardDeleteContainer(2, 0);
    expect(edge.slots.size).toBe(0);
    edge.put(2, P256, 'signature');
    await card.CardDeauthenticateEx(0xff, 0);
    await card.CardAuthenticateEx(2, 0, adminResponse(await card.CardGetChallenge()));
    await card.CardDeleteContainer(2, 0);
    expect(edge.slots.size).toBe(0);
  });

  it.each([8, 200, 255])('index %i out of range succeeds', async (index) => {
    const { card } = await bench();
    expect(await code(card.CardDeleteContainer(index, 0))).toBe('SCARD_S_SUCCESS');
  });

  it('an empty container succeeds, without authentication and on a card that deletes nothing', async () => {
    const { card } = await bench({ canDelete: false });
    expect(await code(card.CardDeleteContainer(3, 0))).toBe('SCARD_S_SUCCESS');
  });

  it('an occupied one: without authentication, and without a way to delete', async () => {
    const { card, edge } = await bench();
    edge.put(2, P256, 'signature');
    expect(await code(card.CardDeleteContainer(2, 0))).toBe('SCARD_W_SECURITY_VIOLATION');
    const fixed = await userBench({ canDelete: false });
    fixed.edge.put(2, P256, 'signature');
    expect(await code(fixed.card.CardDeleteContainer(2, 0))).toBe('SCARD_E_UNSUPPORTED_FEATURE');
    expect([edge.slots.size, fixed.edge.slots.size]).toEqual([1, 1]);
  });

  it('dwReserved and no index are SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await userBench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardDeleteContainer(2, 1));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardDeleteContainer(NULL, 0));
  });

  it('the certificate stays', async () => {
    const { card, edge } = await userBench();
    edge.put(2, P256, 'signature');
    edge.certificates.set(2, fromHex('3000'));
    await card.CardDeleteContainer(2, 0);
    expect(edge.certificates.has(2)).toBe(true);
  });
});

describe('CardGetContainerInfo', () => {
  it('positive: needs no authentication and fills the structure in place', async () => {
    const { card, edge } = await bench();
    edge.put(2, P256, 'signature');
    const info = { dwVersion: 1 };
    expect(await card.CardGetContainerInfo(2, 0, info)).toBe(info);
    expect(info).toMatchObject({ dwVersion: 1, dwReserved: 0, pbKeyExPublicKey: null });
  });

  it('version 0 is taken as 1', async () => {
    const { card, edge } = await bench();
    edge.put(2, P256, 'signature');
    expect((await card.CardGetContainerInfo(2, 0, { dwVersion: 0 })).dwVersion).toBe(1);
  });

  it('NULL and flags are SCARD_E_INVALID_PARAMETER, versions 2 and 257 ERROR_REVISION_MISMATCH', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardGetContainerInfo(2, 0, NULL));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardGetContainerInfo(2, 1, { dwVersion: 1 }));
    await refusedUnasked(edge, 'ERROR_REVISION_MISMATCH', card.CardGetContainerInfo(2, 0, { dwVersion: 2 }));
    await refusedUnasked(edge, 'ERROR_REVISION_MISMATCH', card.CardGetContainerInfo(2, 0, { dwVersion: 257 }));
  });

  it('an index beyond the range and an empty container are SCARD_E_NO_KEY_CONTAINER', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_NO_KEY_CONTAINER', card.CardGetContainerInfo(8, 0, { dwVersion: 1 }));
    expect(await code(card.CardGetContainerInfo(2, 0, { dwVersion: 1 }))).toBe('SCARD_E_NO_KEY_CONTAINER');
  });

  it('OutOfMem: SCARD_E_NO_MEMORY', async () => {
    const { card, edge } = await bench({}, { pfnCspAlloc: () => null });
    edge.put(2, P256, 'signature');
    expect(await code(card.CardGetContainerInfo(2, 0, { dwVersion: 1 }))).toBe('SCARD_E_NO_MEMORY');
  });
});
