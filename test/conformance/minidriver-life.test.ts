import { createPublicKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, bytes, toHex } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { openPivEdge } from '../../src/piv/card-edge.ts';
import { testCertificate } from '../unit/piv/test-certificate.ts';
import { adminResponse, Bench, KEYS, PIN, preparedImage, PUK, publicKeyOf, WRONG_PIN } from './minidriver-bench.ts';
import { NEXT, signing, state } from './minidriver-pair.ts';
import { code, failure } from '../unit/minidriver/outcomes.ts';
import { ecdsaVerifyPrehash } from './minidriver-verify.ts';

/*
 * The certification kit's groups that are about more than one call (fact sheet, section 16), each named after the kit's test, and the texts
 * beyond the kit. The groups that single calls cover are in minidriver-kit.test.ts and minidriver-pairs.test.ts.
 */

const holds = (signature: Bytes | null, index: 1 | 3): boolean =>
  ecdsaVerifyPrehash(createPublicKey(KEYS[index]), bytes(32).fill(9), signature ?? bytes(0));

describe('certification kit, groups', () => {
  let image: unknown;
  beforeAll(async () => {
    image = await preparedImage();
  });

  it('EntryPoints: the callbacks since version 6 are not NULL', async () => {
    const card = await new Bench({ image }).acquire();
    for (const [name, since] of Object.entries(m.ENTRY_POINT_VERSIONS)) {
      if (since >= 6) expect(card[name as m.EntryPointName], name).toBeTypeOf('function');
    }
  });

  it('Transaction: the driver ends none and resets nothing; it only transmits', async () => {
    const bench = new Bench({ image });
    let resets = 0;
    const reset = bench.terminal.reset?.bind(bench.terminal);
    bench.terminal.reset = async (kind) => {
      resets++;
      return (reset ?? (() => Promise.resolve(bytes(0))))(kind);
    };
    const card = await bench.user();
    await card.CardSignData(signing());
    await card.CardDeauthenticateEx(0xff, 0);
    await card.CardDeleteContext();
    expect(resets).toBe(0);
  });

  it('Blocking, PinSequences: the last try is WRONG_CHV with 0, then CHV_BLOCKED with 0; the PUK opens it again', async () => {
    const card = await new Bench({ image }).acquire();
    const seen: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      const { reason, pcAttemptsRemaining } = await failure(card.CardAuthenticateEx(1, 0, WRONG_PIN));
      seen.push([reason, pcAttemptsRemaining]);
    }
    expect(seen).toEqual([
      ['SCARD_W_WRONG_CHV', 2],
      ['SCARD_W_WRONG_CHV', 1],
      ['SCARD_W_WRONG_CHV', 0],
      ['SCARD_W_CHV_BLOCKED', 0],
    ]);
    expect((await failure(card.CardAuthenticateEx(1, 0, PIN))).reason).toBe('SCARD_W_CHV_BLOCKED');
    await card.CardUnblockPin('user', PUK, PIN, 0, m.CARD_AUTHENTICATE_PIN_PIN);
    await card.CardAuthenticateEx(1, 0, PIN);
  });

  it('a card that does not count its tries says 0xFFFFFFFF', async () => {
    const card = await new Bench({ image }).acquire();
    const { reason, pcAttemptsRemaining } = await failure(card.CardAuthenticateChallenge(bytes((await card.CardGetChallenge()).length)));
    expect([reason, pcAttemptsRemaining]).toEqual(['SCARD_W_WRONG_CHV', 0xffffffff]);
  });

  it('a PIN of impossible length costs no try', async () => {
    const bench = new Bench({ image });
    const card = await bench.acquire();
    for (const length of [0, 1, 5, 9, 300]) expect(await code(card.CardAuthenticatePin('user', bytes(length).fill(0x31)))).toBe('SCARD_W_WRONG_CHV');
    expect((await failure(card.CardAuthenticateEx(1, 0, WRONG_PIN))).retriesLeft).toBe(2);
  });

  it('a wrong PIN of one role leaves the administrator in', async () => {
    const card = await new Bench({ image }).user();
    await card.CardAuthenticateChallenge(await adminResponse(await card.CardGetChallenge()));
    expect(await state(card)).toBe(0x0e);
    await failure(card.CardAuthenticatePin('user', WRONG_PIN));
    expect(await state(card)).toBe(0x04);
  });

  it('PinChange leaves authenticated, PinUnblock does not', async () => {
    const card = await new Bench({ image }).acquire();
    await card.CardChangeAuthenticatorEx(m.PIN_CHANGE_FLAG_CHANGEPIN, 1, PIN, 1, NEXT, 0);
    expect(await state(card)).toBe(0x0a);
    await card.CardChangeAuthenticatorEx(m.PIN_CHANGE_FLAG_UNBLOCK, 4, PUK, 1, PIN, 0);
    expect(await state(card)).toBe(0);
  });

  it('ChallengeSize, ChallengeRandomness, NonRepeatingChallenge: 300 challenges, all new, of whole blocks, each bit both ways', async () => {
    const card = await new Bench({ image }).acquire();
    const seen = new Set<string>();
    const ones = new Array<number>(128).fill(0);
    for (let i = 0; i < 300; i++) {
      const challenge = await card.CardGetChallenge();
      expect(challenge.length % 8).toBe(0);
      seen.add(toHex(challenge));
      ones.forEach((count, bit) => (ones[bit] = count + (((challenge[bit >> 3] ?? 0) >> (bit & 7)) & 1)));
    }
    expect(seen.size).toBe(300);
    expect(ones.every((count) => count > 60 && count < 240)).toBe(true);
  });

  it('NonRepeatingKeys', async () => {
    const card = await new Bench({ image }).user();
    const seen = new Set<string>();
    for (let i = 0; i < 8; i++) {
      await card.CardCreateContainerEx(7, 1, m.AT_ECDHE_P256, 0, null, 1);
      const key = await publicKeyOf(card, 7);
      seen.add(key.kind === 'ec' ? toHex(key.point) : '');
    }
    expect(seen.size).toBe(8);
  });

  it('FileName: names that differ by case are one', async () => {
    const card = await new Bench({ image }).user();
    await card.CardCreateFile('MSCP', 'OwnFile', 4, m.EveryoneReadUserWriteAc);
    expect(await code(card.CardCreateFile('mscp', 'ownfile', 4, m.EveryoneReadUserWriteAc))).toBe('ERROR_FILE_EXISTS');
    expect(toHex(await card.CardReadFile('Mscp', 'Kxc00', 0))).toBe(toHex(await card.CardReadFile('mscp', 'kxc00', 0)));
  });

  it('DirAccess and FileAccess: who may make, read and write what', async () => {
    const bench = new Bench({ image });
    const card = await bench.user();
    await card.CardCreateDirectory('secrets', m.UserCreateDeleteDirAc);
    await card.CardCreateFile('secrets', 'mine', 4, m.UserReadWriteAc);
    await card.CardWriteFile('secrets', 'mine', 0, bytes([1, 2]));
    await card.CardDeauthenticateEx(0xff, 0);
    expect(await code(card.CardReadFile('secrets', 'mine', 0))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(await code(card.CardGetFileInfo('secrets', 'mine', { dwVersion: 1 }))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(await code(card.CardWriteFile('secrets', 'mine', 0, bytes(1)))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(await code(card.CardCreateFile('secrets', 'more', 4, m.UserReadWriteAc))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(await card.CardEnumFiles('secrets', 0)).toEqual(['mine']);
    await card.CardAuthenticatePin('user', PIN);
    expect(toHex(await card.CardReadFile('secrets', 'mine', 0))).toBe('0102');
  });

  it('RoleRestrictions: nobody and the administrator alone create nothing; nobody deletes', async () => {
    const bench = new Bench({ image, managed: false });
    const card = await bench.acquire();
    const create = () => card.CardCreateContainerEx(7, 1, m.AT_ECDHE_P256, 0, null, 1);
    expect(await code(create())).toBe('SCARD_W_SECURITY_VIOLATION');
    await card.CardAuthenticateChallenge(await adminResponse(await card.CardGetChallenge()));
    expect(await code(create())).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(await code(card.CardWriteFile('mscp', 'kxc00', 0, testCertificate(await publicKeyOf(card, 0))))).toBe('SCARD_W_SECURITY_VIOLATION');
    await card.CardAuthenticatePin('user', PIN);
    await create();
    await card.CardDeauthenticateEx(0x0e, 0);
    expect(await code(card.CardDeleteContainer(7, 0))).toBe('SCARD_W_SECURITY_VIOLATION');
    // The user alone is not enough for the card, and nobody holds 9B here.
    await card.CardAuthenticatePin('user', PIN);
    expect(await code(create())).toBe('SCARD_W_SECURITY_VIOLATION');
  });

  it('Enrollment: a key, its certificate and its name, found again by another context after a power cycle', async () => {
    const bench = new Bench();
    const card = await bench.user();
    const record = { wszGuid: 'enrolled', bFlags: 3, wSigKeySizeBits: 256, wKeyExchangeKeySizeBits: 0 };
    await card.CardWriteFile('mscp', 'cmapfile', 0, m.encodeContainerMap([record]));
    await card.CardCreateContainerEx(0, 1, m.AT_ECDSA_P256, 0, null, 1);
    const der = testCertificate(await publicKeyOf(card, 0));
    await card.CardWriteFile('mscp', 'ksc00', 0, der);
    bench.powerCycle();
    const later = await bench.acquire();
    expect(m.decodeContainerMap(await later.CardReadFile('mscp', 'cmapfile', 0))).toEqual([record]);
    expect(toHex(await later.CardReadFile('mscp', 'ksc00', 0))).toBe(toHex(der));
  });

  it('MultiThreaded: 5 callers on one context never mix their commands', async () => {
    const bench = new Bench({ image });
    const card = await bench.user();
    let running = 0;
    let most = 0;
    const transmit = bench.terminal.transmit.bind(bench.terminal);
    bench.terminal.transmit = async (command, options) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return transmit(command, options);
    };
    await Promise.all(Array.from({ length: 25 }, () => card.CardSignData(signing())));
    expect(most).toBe(1);
    await Promise.all([bench.terminal.transmit(bytes([0, 0xcb, 0x3f, 0xff])), bench.terminal.transmit(bytes([0, 0xcb, 0x3f, 0xff]))]);
    expect(most).toBe(2);
  });

  it('SessionPin: none, and said so', async () => {
    const card = await new Bench({ image }).acquire();
    for (const flag of [m.CARD_AUTHENTICATE_GENERATE_SESSION_PIN, m.CARD_AUTHENTICATE_SESSION_PIN])
      expect(await code(card.CardAuthenticateEx(1, flag, PIN))).toBe('SCARD_E_UNSUPPORTED_FEATURE');
    expect(await card.CardGetProperty(m.CP_CARD_PIN_STRENGTH_VERIFY, 1)).toBe(m.CARD_PIN_STRENGTH_PLAINTEXT);
    expect(await card.CardAuthenticateEx(1, 0, PIN)).toEqual({ pbSessionPin: null });
  });

  it('ExternalPin: the reader takes the PIN, the silent flag is honoured, the PIN is in no command of ours', async () => {
    const bench = new Bench({ image });
    const typed: Bytes[] = [];
    const pinPad = {
      canModify: true,
      verify: async (template: Bytes) => {
        // The reader puts the PIN over the padding and gives the command to the card.
        const command = template.slice();
        command.set(PIN, 5);
        typed.push(command);
        return { kind: 'answer' as const, response: await bench.simulated.transmit(command) };
      },
      modify: async (template: Bytes) => {
        const command = template.slice();
        command.set(PIN, 5);
        command.set(NEXT, 13);
        return { kind: 'answer' as const, response: await bench.simulated.transmit(command) };
      },
    };
    const module = m.createCardModule(openPivEdge, { pinPad });
    const card = bench.data();
    await module.CardAcquireContext(card, 0);
    expect(await card.CardGetProperty(m.CP_CARD_PIN_INFO, 1)).toMatchObject({ PinType: m.ExternalPinType });
    expect(await code(card.CardAuthenticateEx(1, m.CARD_PIN_SILENT_CONTEXT, null))).toBe('SCARD_E_INVALID_PARAMETER');
    expect(typed.length).toBe(0);
    bench.terminal.clear();
    await card.CardAuthenticateEx(3, 0, null);
    expect(await state(card)).toBe(0x0a);
    expect(holds((await card.CardSignData(signing({ bContainerIndex: 1 }))).pbSignedData, 1)).toBe(true);
    expect(bench.terminal.log.some(({ command }) => command.includes(toHex(PIN)))).toBe(false);
    await card.CardChangeAuthenticatorEx(m.PIN_CHANGE_FLAG_CHANGEPIN, 1, null, 1, null, 0);
    expect((await failure(card.CardAuthenticateEx(1, 0, null))).retriesLeft).toBe(2);
    await card.CardAuthenticateEx(1, 0, NEXT);
    // The reader's other answers.
    for (const [kind, expected] of [
      ['cancelled', 'SCARD_W_CANCELLED_BY_USER'],
      ['timeout', 'ERROR_TIMEOUT'],
    ] as const) {
      const other = bench.data();
      const idle = { canModify: false, verify: async () => ({ kind }), modify: async () => ({ kind }) };
      await m.createCardModule(openPivEdge, { pinPad: idle }).CardAcquireContext(other, 0);
      expect(await code(other.CardAuthenticateEx(1, 0, null))).toBe(expected);
      expect(await code(other.CardChangeAuthenticatorEx(2, 1, null, 1, null, 0))).toBe('SCARD_E_UNSUPPORTED_FEATURE');
    }
  });

  it('CspMem, NoMemoryLeaks: everything handed over came from the caller’s memory, and a deleted context holds no secret', async () => {
    const given_: Uint8Array[] = [];
    const bench = new Bench({ image, fields: { pfnCspAlloc: (size) => (given_.push(new Uint8Array(size)), given_.at(-1) as Bytes) } });
    const card = await bench.user();
    for (const content of [await card.CardReadFile('mscp', 'kxc00', 0), (await card.CardSignData(signing())).pbSignedData])
      expect(given_.some((each) => each.buffer === content?.buffer)).toBe(true);
    await card.CardDeleteContext();
    expect(await code(card.CardReadFile(null, 'cardid', 0))).toBe('SCARD_E_INVALID_PARAMETER');
  });

  it('OutOfMem: ReadFile, EnumFiles, GetContainerInfo and SignData say SCARD_E_NO_MEMORY, and the key is not used', async () => {
    const bench = new Bench({ image, fields: { pfnCspAlloc: () => null } });
    const card = await bench.acquire();
    expect(await code(card.CardReadFile(null, 'cardid', 0))).toBe('SCARD_E_NO_MEMORY');
    expect(await code(card.CardEnumFiles(null, 0))).toBe('SCARD_E_NO_MEMORY');
    expect(await code(card.CardGetContainerInfo(0, 0, { dwVersion: 1 }))).toBe('SCARD_E_NO_MEMORY');
    bench.terminal.clear();
    expect(await code(card.CardSignData(signing()))).toBe('SCARD_E_NO_MEMORY');
    expect(bench.terminal.instructions()).not.toMatch(/87/);
  });

  it('Reconnect, ResetATR: the ATR is the same after both resets, a new transaction is taken up, the PIN is asked for again', async () => {
    const bench = new Bench({ image });
    const card = await bench.user();
    const atr = toHex(bench.simulated.atr);
    for (const kind of ['warm', 'cold'] as const) {
      bench.simulated.reset(kind);
      expect(toHex(bench.simulated.atr)).toBe(atr);
    }
    bench.powerCycle();
    bench.terminal.interrupted = true;
    card.hScard = bench.terminal;
    expect(await state(card)).toBe(0);
    expect(holds((await card.CardSignData(signing())).pbSignedData, 3)).toBe(true);
    expect(await code(card.CardSignData(signing({ bContainerIndex: 0, dwKeySpec: 1, aiHashAlg: 0 })))).toBe('SCARD_W_SECURITY_VIOLATION');
  });

  it('PinCacheAlwaysPrompt: one PIN, one signature', async () => {
    const card = await new Bench({ image }).acquire();
    await card.CardAuthenticateEx(3, 0, PIN);
    expect(holds((await card.CardSignData(signing({ bContainerIndex: 1 }))).pbSignedData, 1)).toBe(true);
    expect(await code(card.CardSignData(signing({ bContainerIndex: 1 })))).toBe('SCARD_W_SECURITY_VIOLATION');
  });

  it('PaddingInfoSupport: what the property names can be asked for', async () => {
    const card = await new Bench({ image }).user();
    const schemes = await card.CardGetProperty(m.CP_PADDING_SCHEMES, m.CARD_ASYMMETRIC_OPERATION);
    expect(schemes).toBe(m.CARD_PADDING_PKCS1 | m.CARD_PADDING_PSS | m.CARD_PADDING_OAEP);
    const sign = (dwPaddingType: number, pPaddingInfo: m.CARD_SIGNING_INFO['pPaddingInfo']) =>
      card.CardSignData(
        signing({
          dwVersion: 2,
          bContainerIndex: 0,
          dwKeySpec: 1,
          dwSigningFlags: m.CARD_PADDING_INFO_PRESENT,
          dwPaddingType,
          pPaddingInfo: pPaddingInfo ?? null,
        }),
      );
    expect(await code(sign(m.CARD_PADDING_PKCS1, { pszAlgId: 'SHA256' }))).toBe('SCARD_S_SUCCESS');
    expect(await code(sign(m.CARD_PADDING_PSS, { pszAlgId: 'SHA256', cbSalt: 32 }))).toBe('SCARD_S_SUCCESS');
    expect(await code(sign(m.CARD_PADDING_OAEP, { pszAlgId: 'SHA256' }))).toBe('SCARD_E_INVALID_PARAMETER');
  });
});
