import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, fromHex, toHex } from '../../../../src/codec/index.ts';
import { CardEdgeError, freshenCardCacheFile } from '../../../../src/minidriver/index.ts';
import { asAdmin, EVERYONE_READ_ADMIN_WRITE, EVERYONE_READ_USER_WRITE, filled, TEXT } from '../filled-card.ts';
import { bench, refusedUnasked, sequence, userBench } from '../harness.ts';
import { code, failure, NULL } from '../outcomes.ts';

describe('CardWriteFile', () => {
  it('positive: a certificate of an occupied container, new and again', async () => {
    const { card, edge } = await filled();
    await card.CardWriteFile('mscp', 'kxc04', 0, sequence(500));
    await card.CardWriteFile('mscp', 'ksc02', 0, sequence(300));
    expect([edge.certificates.get(4)?.length, edge.certificates.get(2)?.length]).toEqual([500, 300]);
    expect(await card.CardReadFile('mscp', 'kxc04', 0)).toEqual(sequence(500));
  });

  it('positive: cardcf, where the freshness counters stand', async () => {
    const { card } = await userBench();
    const next = freshenCardCacheFile(await card.CardReadFile(null, 'cardcf', 0), { containers: true, files: true });
    await card.CardWriteFile(null, 'cardcf', 0, next);
    expect(toHex(await card.CardReadFile(null, 'cardcf', 0))).toBe('010001000100');
  });

  it('positive: msroots comes into being by its first write and goes by CardDeleteFile', async () => {
    for (const keeps of [[], ['msroots']] as const) {
      const { card } = await userBench({ keeps });
      await card.CardWriteFile('mscp', 'msroots', 0, TEXT);
      expect(await card.CardReadFile('mscp', 'msroots', 0)).toEqual(TEXT);
      expect(await card.CardEnumFiles('mscp', 0)).toEqual(['cmapfile', 'msroots']);
      await card.CardDeleteFile('mscp', 'msroots', 0);
      expect(await code(card.CardReadFile('mscp', 'msroots', 0))).toBe('SCARD_E_FILE_NOT_FOUND');
    }
  });

  it('RoleRestrictions: nobody, and the administrator alone, write no certificate, map or roots', async () => {
    const made = await filled();
    await asAdmin(made);
    for (const [name, content] of [
      ['ksc02', sequence(50)],
      ['kxc04', sequence(50)],
      ['cmapfile', bytes(86)],
      ['msroots', TEXT],
    ] as const) {
      expect(await code(made.card.CardWriteFile('mscp', name, 0, content))).toBe('SCARD_W_SECURITY_VIOLATION');
    }
    await made.card.CardDeauthenticateEx(0xff, 0);
    expect(await code(made.card.CardWriteFile('mscp', 'ksc02', 0, sequence(50)))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(await code(made.card.CardWriteFile(null, 'cardcf', 0, bytes(6)))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(made.edge.certificates.get(2)).toEqual(sequence(400));
  });

  it('cardid: the administrator, and only where the family has a home for it', async () => {
    const made = await userBench({ keeps: ['cardid'] });
    const id = fromHex('0102030405060708090a0b0c0d0e0f10');
    expect(await code(made.card.CardWriteFile(null, 'cardid', 0, id))).toBe('SCARD_W_SECURITY_VIOLATION');
    await asAdmin(made);
    await made.card.CardWriteFile(null, 'cardid', 0, id);
    expect(await made.card.CardGetProperty('Card Identifier', 0)).toEqual(id);
    expect(await code(made.card.CardWriteFile(null, 'cardid', 0, bytes(15)))).toBe('SCARD_E_INVALID_PARAMETER');
    const homeless = await bench();
    await asAdmin(homeless);
    expect(await code(homeless.card.CardWriteFile(null, 'cardid', 0, id))).toBe('SCARD_E_UNSUPPORTED_FEATURE');
    expect(await homeless.card.CardReadFile(null, 'cardid', 0)).not.toEqual(id);
  });

  it('no management key is SCARD_W_SECURITY_VIOLATION', async () => {
    const { card, edge } = await filled({ managementKey: false });
    const error = await failure(card.CardWriteFile('mscp', 'ksc02', 0, sequence(50)));
    expect([error.name, (error.cause as CardEdgeError).reason]).toEqual(['SCARD_W_SECURITY_VIOLATION', 'no-management-key']);
    expect(edge.certificates.get(2)).toEqual(sequence(400));
  });

  it('too large a certificate is SCARD_E_WRITE_TOO_MANY, a failed comparison SCARD_E_COMM_DATA_LOST', async () => {
    const { card, edge } = await filled();
    expect(await code(card.CardWriteFile('mscp', 'ksc02', 0, sequence(2001)))).toBe('SCARD_E_WRITE_TOO_MANY');
    edge.writeCertificate = async () => Promise.reject(new CardEdgeError('write-mismatch', 'other bytes'));
    expect(await code(card.CardWriteFile('mscp', 'ksc02', 0, sequence(50)))).toBe('SCARD_E_COMM_DATA_LOST');
  });

  it('a file that does not exist is SCARD_E_FILE_NOT_FOUND', async () => {
    const { card } = await filled();
    for (const [directory, name] of [
      [null, 'nosuch'],
      ['mscp', 'nosuch'],
      ['mscp', 'kxc02'],
      ['mscp', 'ksc05'],
    ] as const) {
      expect(await code(card.CardWriteFile(directory, name, 0, sequence(50)))).toBe('SCARD_E_FILE_NOT_FOUND');
    }
    expect(await code(card.CardWriteFile('nosuch', 'nosuch', 0, TEXT))).toBe('SCARD_E_DIR_NOT_FOUND');
  });

  it.each<[string, Bytes]>([
    ['pbData NULL', NULL],
    ['cbData 0', bytes(0)],
    ['a certificate that is no SEQUENCE', TEXT],
    ['a certificate with more behind it', concat(sequence(50), bytes(1))],
    ['a cut certificate', sequence(50).slice(0, 49)],
  ])('%s is SCARD_E_INVALID_PARAMETER', async (_, content) => {
    const { card, edge } = await filled();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardWriteFile('mscp', 'ksc02', 0, content));
  });

  it('flags are SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await filled();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardWriteFile('mscp', 'ksc02', 1, sequence(50)));
  });
});

describe('CardCreateFile', () => {
  it('positive: FileAccess, a file of the caller’s own is created, written, grown and deleted', async () => {
    const { card, edge } = await userBench();
    await card.CardCreateFile(null, 'Mine', 10, EVERYONE_READ_USER_WRITE);
    expect(await card.CardReadFile(null, 'mine', 0)).toHaveLength(0);
    await card.CardWriteFile(null, 'mine', 0, TEXT);
    await card.CardWriteFile(null, 'mine', 0, bytes(1000).fill(7));
    expect(await card.CardReadFile(null, 'MINE', 0)).toEqual(bytes(1000).fill(7));
    expect(await card.CardEnumFiles(null, 0)).toEqual(['cardid', 'cardcf', 'cardapps', 'mine']);
    await card.CardDeleteFile(null, 'mine', 0);
    expect(await code(card.CardReadFile(null, 'mine', 0))).toBe('SCARD_E_FILE_NOT_FOUND');
    expect(edge.files.size).toBe(0);
  });

  it('positive: a certificate file, as the CSP makes one before it writes', async () => {
    const { card, edge } = await filled();
    await card.CardCreateFile('mscp', 'kxc04', 500, EVERYONE_READ_USER_WRITE);
    expect(await card.CardEnumFiles('mscp', 0)).toEqual(['cmapfile', 'ksc02', 'kxc04']);
    await card.CardWriteFile('mscp', 'kxc04', 0, sequence(500));
    expect(edge.certificates.get(4)).toHaveLength(500);
    expect(await card.CardEnumFiles('mscp', 0)).toEqual(['cmapfile', 'ksc02', 'kxc04']);
  });

  it('a name in use, of a file or in the root of a directory, is ERROR_FILE_EXISTS', async () => {
    const { card } = await filled();
    for (const [directory, name] of [
      [null, 'cardid'],
      [null, 'mscp'],
      ['mscp', 'ksc02'],
      ['mscp', 'cmapfile'],
    ] as const) {
      expect(await code(card.CardCreateFile(directory, name, 0, EVERYONE_READ_USER_WRITE))).toBe('ERROR_FILE_EXISTS');
    }
  });

  it.each<[string, string | null, unknown, number, number]>([
    ['no name', null, NULL, 0, 1],
    ['an empty name', null, '', 0, 1],
    ['a name of nine characters', null, 'ninechars', 0, 1],
    ['InvalidAc', null, 'mine', 0, 0],
    ['UnknownAc', null, 'mine', 0, 4],
    ['an undefined condition', null, 'mine', 0, 7],
    ['a size above the free space', null, 'mine', 0x100000, 1],
    ['a certificate above what the card takes', 'mscp', 'kxc04', 2001, 1],
  ])('%s is SCARD_E_INVALID_PARAMETER', async (_, directory, name, size, access) => {
    const { card, edge } = await filled();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardCreateFile(directory, name as string, size, access));
  });

  it('no directory is SCARD_E_DIR_NOT_FOUND, no right SCARD_W_SECURITY_VIOLATION', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_DIR_NOT_FOUND', card.CardCreateFile('nosuch', 'mine', 0, 1));
    expect(await code(card.CardCreateFile(null, 'mine', 0, 1))).toBe('SCARD_W_SECURITY_VIOLATION');
  });

  it('a certificate that only the administrator may write is SCARD_E_UNSUPPORTED_FEATURE', async () => {
    const { card, edge } = await filled();
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardCreateFile('mscp', 'kxc04', 0, EVERYONE_READ_ADMIN_WRITE));
  });

  it('room for such files is bounded', async () => {
    const { card } = await userBench();
    await card.CardCreateFile(null, 'a', 0, 1);
    await card.CardWriteFile(null, 'a', 0, bytes(60000));
    await card.CardCreateFile(null, 'b', 0, 1);
    expect(await code(card.CardWriteFile(null, 'b', 0, bytes(6000)))).toBe('SCARD_E_WRITE_TOO_MANY');
    for (let i = 0; i < 62; i++) await card.CardCreateFile(null, `f${i}`, 0, 1);
    expect(await code(card.CardCreateFile(null, 'onemore', 0, 1))).toBe('SCARD_E_WRITE_TOO_MANY');
  });
});

describe('FileAccess by condition', () => {
  /** Access condition, then who of nobody, user, administrator may read, and who may write. */
  it.each<[string, number, readonly [boolean, boolean, boolean], readonly [boolean, boolean, boolean]]>([
    ['EveryoneReadUserWriteAc', 1, [true, true, true], [false, true, true]],
    ['UserWriteExecuteAc', 2, [false, false, false], [false, true, true]],
    ['EveryoneReadAdminWriteAc', 3, [true, true, true], [false, false, true]],
    ['UserReadWriteAc', 5, [false, true, true], [false, true, true]],
    ['AdminReadWriteAc', 6, [false, false, true], [false, false, true]],
  ])('%s', async (_, access, read, write) => {
    const made = await userBench();
    const { card } = made;
    await card.CardCreateFile(null, 'mine', 0, access);
    const user = async (): Promise<void> => {
      await card.CardDeauthenticateEx(0xff, 0);
      await card.CardAuthenticateEx(1, 0, made.edge.pin);
    };
    const enter = [() => card.CardDeauthenticateEx(0xff, 0), user, () => asAdmin(made)];
    for (const [who, become] of enter.entries()) {
      await become();
      const denied = 'SCARD_W_SECURITY_VIOLATION';
      expect(await code(card.CardReadFile(null, 'mine', 0)), `read ${who}`).toBe(read[who] === true ? 'SCARD_S_SUCCESS' : denied);
      expect(await code(card.CardGetFileInfo(null, 'mine', { dwVersion: 1 })), `info ${who}`).toBe(read[who] === true ? 'SCARD_S_SUCCESS' : denied);
      expect(await code(card.CardWriteFile(null, 'mine', 0, TEXT)), `write ${who}`).toBe(write[who] === true ? 'SCARD_S_SUCCESS' : denied);
      expect(await card.CardEnumFiles(null, 0)).toContain('mine');
    }
  });
});

describe('CardDeleteFile', () => {
  it('positive: a certificate goes, its key stays', async () => {
    const { card, edge } = await filled();
    await card.CardDeleteFile('mscp', 'ksc02', 0);
    expect([edge.certificates.size, edge.slots.has(2)]).toEqual([0, true]);
  });

  it('missing files and directories, missing rights', async () => {
    const made = await filled();
    expect(await code(made.card.CardDeleteFile('mscp', 'kxc04', 0))).toBe('SCARD_E_FILE_NOT_FOUND');
    expect(await code(made.card.CardDeleteFile('nosuch', 'kxc04', 0))).toBe('SCARD_E_DIR_NOT_FOUND');
    expect(await code(made.card.CardDeleteFile('mscp', 'ksc02', 1))).toBe('SCARD_E_INVALID_PARAMETER');
    await made.card.CardDeauthenticateEx(0xff, 0);
    expect(await code(made.card.CardDeleteFile('mscp', 'ksc02', 0))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(made.edge.certificates.size).toBe(1);
  });

  it('what every card has can not be deleted', async () => {
    const { card, edge } = await filled();
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardDeleteFile(null, 'cardid', 0));
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardDeleteFile('mscp', 'cmapfile', 0));
  });
});

describe('CardCreateDirectory and CardDeleteDirectory', () => {
  it('positive: DirAccess, created, used, emptied and deleted', async () => {
    const { card } = await userBench();
    await card.CardCreateDirectory('Own', 1);
    expect(await code(card.CardEnumFiles('own', 0))).toBe('SCARD_E_FILE_NOT_FOUND');
    await card.CardCreateFile('own', 'mine', 0, 1);
    expect(await card.CardEnumFiles('OWN', 0)).toEqual(['mine']);
    expect(await code(card.CardDeleteDirectory('own'))).toBe('ERROR_DIR_NOT_EMPTY');
    await card.CardDeleteFile('own', 'mine', 0);
    await card.CardDeleteDirectory('own');
    expect(await code(card.CardEnumFiles('own', 0))).toBe('SCARD_E_DIR_NOT_FOUND');
  });

  it('AdminCreateDeleteDirAc is the administrator’s', async () => {
    const made = await userBench();
    await made.card.CardCreateDirectory('own', 2);
    expect(await code(made.card.CardCreateFile('own', 'mine', 0, 1))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(await code(made.card.CardDeleteDirectory('own'))).toBe('SCARD_W_SECURITY_VIOLATION');
    await asAdmin(made);
    await made.card.CardDeleteDirectory('own');
  });

  it('a name in use by a directory or a file is ERROR_FILE_EXISTS', async () => {
    const { card } = await userBench();
    await card.CardCreateDirectory('own', 1);
    for (const name of ['own', 'MSCP', 'cardid']) expect(await code(card.CardCreateDirectory(name, 1))).toBe('ERROR_FILE_EXISTS');
  });

  it('bad names and conditions are SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await userBench();
    for (const name of [NULL, '', 'ninechars']) {
      await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardCreateDirectory(name, 1));
      await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardDeleteDirectory(name));
    }
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardCreateDirectory('own', 0));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardCreateDirectory('own', 3));
  });

  it('missing, not empty, no right, too many', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_DIR_NOT_FOUND', card.CardDeleteDirectory('nosuch'));
    await refusedUnasked(edge, 'ERROR_DIR_NOT_EMPTY', card.CardDeleteDirectory('mscp'));
    expect(await code(card.CardCreateDirectory('own', 1))).toBe('SCARD_W_SECURITY_VIOLATION');
    const user = await userBench();
    for (let i = 0; i < 16; i++) await user.card.CardCreateDirectory(`d${i}`, 1);
    expect(await code(user.card.CardCreateDirectory('onemore', 1))).toBe('SCARD_E_NO_MEMORY');
  });
});

describe('read-only card', () => {
  it('is read, and every writing function is SCARD_E_UNSUPPORTED_FEATURE', async () => {
    const { card, edge } = await filled({ readOnly: true });
    expect(await card.CardReadFile('mscp', 'ksc02', 0)).toHaveLength(400);
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardWriteFile('mscp', 'ksc02', 0, sequence(50)));
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardCreateFile('mscp', 'kxc04', 0, 1));
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardDeleteFile('mscp', 'ksc02', 0));
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardCreateDirectory('own', 1));
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardDeleteDirectory('mscp'));
  });
});
