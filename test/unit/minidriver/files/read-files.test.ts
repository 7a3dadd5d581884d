import { describe, expect, it } from 'vitest';
import { bytes, toHex } from '../../../../src/codec/index.ts';
import { AT_ECDSA_P256, CardEdgeError, decodeContainerMap, encodeContainerMap } from '../../../../src/minidriver/index.ts';
import { filled, P256 } from '../filled-card.ts';
import { bench, refusedUnasked, sequence, userBench } from '../harness.ts';
import { code, NULL } from '../outcomes.ts';

describe('CardReadFile', () => {
  it('positive: the files of every card', async () => {
    const { card } = await bench();
    expect(toHex(await card.CardReadFile(null, 'cardid', 0))).toBe('00112233445566778899aabbccddeeff');
    expect(toHex(await card.CardReadFile('', 'cardcf', 0))).toBe('000000000000');
    expect(Buffer.from(await card.CardReadFile(null, 'cardapps', 0)).toString('latin1')).toBe('mscp\0\0\0\0');
    expect(await card.CardReadFile('mscp', 'cmapfile', 0)).toHaveLength(0);
  });

  it('positive: a certificate, without authentication', async () => {
    const { card } = await filled();
    await card.CardDeauthenticateEx(0xff, 0);
    expect(await card.CardReadFile('mscp', 'ksc02', 0)).toEqual(sequence(400));
  });

  it('FileName: case makes no difference', async () => {
    const { card } = await filled();
    expect(await card.CardReadFile('MSCP', 'KSC02', 0)).toEqual(await card.CardReadFile('mscp', 'ksc02', 0));
    expect(await card.CardReadFile(null, 'CardId', 0)).toEqual(await card.CardReadFile(null, 'cardid', 0));
  });

  it('one digit and two hexadecimal digits are understood, two decimal ones written', async () => {
    const { card, edge } = await userBench();
    edge.put(7, P256, 'signature');
    edge.certificates.set(7, sequence(100));
    for (const name of ['ksc7', 'ksc07', 'KSC07']) expect(await card.CardReadFile('mscp', name, 0)).toHaveLength(100);
    expect(await card.CardEnumFiles('mscp', 0)).toContain('ksc07');
  });

  it.each<[string, string | null, unknown, number]>([
    ['no file name', null, NULL, 0],
    ['an empty file name', null, '', 0],
    ['a name of nine characters', null, 'ninechars', 0],
    ['a directory of nine characters', 'ninechars', 'cardid', 0],
    ['a forbidden character', null, 'card/id', 0],
    ['a control character', null, 'card\u0001', 0],
    ['flags', null, 'cardid', 1],
  ])('%s is SCARD_E_INVALID_PARAMETER', async (_, directory, name, flags) => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardReadFile(directory, name as string, flags));
  });

  it('a missing directory, and a file taken for one, are SCARD_E_DIR_NOT_FOUND', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_DIR_NOT_FOUND', card.CardReadFile('nosuch', 'cardid', 0));
    await refusedUnasked(edge, 'SCARD_E_DIR_NOT_FOUND', card.CardReadFile('cardid', 'cardid', 0));
  });

  it.each([
    ['a missing file', null, 'nosuch'],
    ['a directory taken for a file', null, 'mscp'],
    ['a container without certificate', 'mscp', 'kxc04'],
    ['the certificate file of the other usage', 'mscp', 'kxc02'],
    ['an empty container', 'mscp', 'ksc05'],
    ['an index out of range', 'mscp', 'ksc99'],
    ['msroots that nobody wrote', 'mscp', 'msroots'],
    ['a root file in mscp', 'mscp', 'cardid'],
  ])('%s is SCARD_E_FILE_NOT_FOUND', async (_, directory, name) => {
    const { card } = await filled();
    expect(await code(card.CardReadFile(directory, name, 0))).toBe('SCARD_E_FILE_NOT_FOUND');
  });

  it('other trouble is never SCARD_E_FILE_NOT_FOUND', async () => {
    const { card, edge } = await filled();
    for (const reason of ['bad-answer', 'card-refused', 'write-mismatch'] as const) {
      edge.nextFailure = new CardEdgeError(reason, 'trouble');
      expect(await code(card.CardReadFile('mscp', 'ksc02', 0))).toBe('SCARD_E_COMM_DATA_LOST');
    }
    edge.nextFailure = new Error('trouble');
    expect(await code(card.CardReadFile('mscp', 'ksc02', 0))).toBe('SCARD_E_UNEXPECTED');
  });

  it('OutOfMem: SCARD_E_NO_MEMORY', async () => {
    const { card } = await bench({}, { pfnCspAlloc: () => null });
    expect(await code(card.CardReadFile(null, 'cardid', 0))).toBe('SCARD_E_NO_MEMORY');
    expect(await code(card.CardEnumFiles(null, 0))).toBe('SCARD_E_NO_MEMORY');
  });
});

describe('cmapfile', () => {
  it('is made from the containers: position is index, names stored or derived, sizes by usage, one default', async () => {
    const { card, edge } = await filled();
    edge.names.set(4, 'stored name');
    const records = decodeContainerMap(await card.CardReadFile('mscp', 'cmapfile', 0));
    expect(records).toHaveLength(5);
    expect(records[0]).toEqual({ wszGuid: '', bFlags: 0, wSigKeySizeBits: 0, wKeyExchangeKeySizeBits: 0 });
    expect(records[2]).toEqual({ wszGuid: '33221100-5544-7766-8899-aabbcc5fc102', bFlags: 3, wSigKeySizeBits: 256, wKeyExchangeKeySizeBits: 0 });
    expect(records[4]).toEqual({ wszGuid: 'stored name', bFlags: 1, wSigKeySizeBits: 0, wKeyExchangeKeySizeBits: 384 });
  });

  it('positive: written, it reads back as written and lives as long as the context', async () => {
    const { card, edge } = await filled();
    const map = encodeContainerMap([{ wszGuid: 'mine', bFlags: 1, wSigKeySizeBits: 2048, wKeyExchangeKeySizeBits: 0 }]);
    await card.CardWriteFile('mscp', 'cmapfile', 0, map);
    expect(await card.CardReadFile('mscp', 'cmapfile', 0)).toEqual(map);
    expect(edge.files.size).toBe(0);
  });

  it('goes to the card where the family keeps it', async () => {
    const { card, edge } = await filled({ keeps: ['cmapfile'] });
    const map = encodeContainerMap([{ wszGuid: 'mine', bFlags: 1, wSigKeySizeBits: 2048, wKeyExchangeKeySizeBits: 0 }]);
    await card.CardWriteFile('mscp', 'cmapfile', 0, map);
    expect(edge.files.get('cmapfile')).toEqual(map);
  });

  it('a name given before the key was made is on the card afterwards, though the family keeps names of occupied containers only', async () => {
    const { card, edge } = await userBench({ keeps: ['cmapfile'] });
    const named = { wszGuid: 'early', bFlags: 1, wSigKeySizeBits: 0, wKeyExchangeKeySizeBits: 0 };
    await card.CardWriteFile('mscp', 'cmapfile', 0, encodeContainerMap([named]));
    // Such a family drops the record of the empty container.
    edge.files.set('cmapfile', bytes(0));
    expect(decodeContainerMap(await card.CardReadFile('mscp', 'cmapfile', 0))).toEqual([named]);
    await card.CardCreateContainerEx(0, 1, AT_ECDSA_P256, 0, null, 1);
    expect(decodeContainerMap(edge.files.get('cmapfile') ?? bytes(0))[0]?.wszGuid).toBe('early');
  });

  it('a file of another form is SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await filled();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardWriteFile('mscp', 'cmapfile', 0, bytes(85)));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardWriteFile('mscp', 'cmapfile', 0, bytes(86 * 9)));
  });

  it('a malformed map on the card is SCARD_E_COMM_DATA_LOST', async () => {
    const { card, edge } = await filled();
    await card.CardWriteFile('mscp', 'cmapfile', 0, bytes(86));
    edge.files.set('cmapfile', bytes(85));
    expect(await code(card.CardReadFile('mscp', 'cmapfile', 0))).toBe('SCARD_E_COMM_DATA_LOST');
  });
});

describe('CardEnumFiles and CardGetFileInfo', () => {
  it('positive', async () => {
    const { card } = await filled();
    expect(await card.CardEnumFiles('', 0)).toEqual(['cardid', 'cardcf', 'cardapps']);
    expect(await card.CardEnumFiles('mscp', 0)).toEqual(['cmapfile', 'ksc02']);
    const asked = { dwVersion: 1 };
    await card.CardGetFileInfo('mscp', 'ksc02', asked);
    expect(asked).toEqual({ dwVersion: 1, cbFileSize: 400, AccessCondition: 1 });
    expect(await card.CardGetFileInfo(null, 'cardid', { dwVersion: 0 })).toEqual({ dwVersion: 1, cbFileSize: 16, AccessCondition: 3 });
  });

  it('negative', async () => {
    const { card, edge } = await filled();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardEnumFiles('mscp', 1));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardEnumFiles('ninechars', 0));
    await refusedUnasked(edge, 'SCARD_E_DIR_NOT_FOUND', card.CardEnumFiles('nosuch', 0));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardGetFileInfo('mscp', 'ksc02', NULL));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardGetFileInfo('mscp', NULL, { dwVersion: 1 }));
    await refusedUnasked(edge, 'ERROR_REVISION_MISMATCH', card.CardGetFileInfo('mscp', 'ksc02', { dwVersion: 2 }));
    expect(await code(card.CardGetFileInfo('mscp', 'nosuch', { dwVersion: 1 }))).toBe('SCARD_E_FILE_NOT_FOUND');
  });
});
