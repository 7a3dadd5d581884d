import { describe, expect, it } from 'vitest';
import { bytes } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { getData, putData, retiredKeysOnCard } from '../../../src/piv/data-objects.ts';
import { attestKey, generateKey, importKey } from '../../../src/piv/keys.ts';
import { getMetadata, getSerial } from '../../../src/piv/metadata.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { opened, scripted, type ScriptedCard } from './transactions.ts';

async function session(card: ScriptedCard): Promise<PivSession> {
  return PivSession.open(card);
}

describe('gates and odd cards', () => {
  it.each(['040200', '040304'])('firmware %s makes weak RSA keys: refused before anything is sent', async (version) => {
    const card = opened(version);
    await expect(generateKey(await session(card), 0x9a, { kind: 'rsa', keyBits: 2048 })).rejects.toMatchObject({ reason: 'unsupported' });
    card.end();
  });

  it.each([
    ['no modulus', '7f4907 8205 0100010000'],
    ['a modulus of another size', `7f49820109 81820100 ${'7f'.repeat(255)}01 8203010001`],
    ['a point that is not on the curve', `7f4943 8641 04${'11'.repeat(64)}`],
    ['another curve', `7f4963 8661 04${'11'.repeat(96)}`],
    ['nothing', ''],
  ])('GENERATE answering %s is a bad answer', async (_name, reply) => {
    const rsa = reply.includes('81820100') || reply.includes('8205');
    const piv = await session(opened('050701').expect(undefined, reply, '9000'));
    await expect(generateKey(piv, 0x9a, rsa ? { kind: 'rsa', keyBits: 2048 } : { kind: 'ec', curve: 'P-256' })).rejects.toMatchObject({
      reason: 'bad-answer',
    });
  });

  it.each([
    ['6a80', 'unsupported'],
    ['6a86', 'unsupported'],
    ['6982', 'not-authenticated'],
    ['6581', 'memory-failure'],
  ])('GENERATE answering %s is %s', async (sw, reason) => {
    await expect(
      generateKey(await session(opened(undefined).expect('00470095 000005 ac03800111 0000', sw)), 0x95, { kind: 'ec', curve: 'P-256' }),
    ).rejects.toMatchObject({ reason });
  });

  it('metadata by halves: absent, unknown algorithm, no policy', async () => {
    const card = opened('050701')
      .expect('00f7009a 000000', '6a88')
      .expect('00f7009c 000000', '6d00')
      .expect('00f7009d 000000', '0101e0 02020201 030101 0422 8620', '11'.repeat(32), '9000')
      .expect('00f70080 000000', '0101ff 050101 06020302 9000');
    const piv = await session(card);
    expect(await getMetadata(piv, 0x9a)).toBeUndefined();
    expect(await getMetadata(piv, 0x9c)).toBeUndefined();
    expect(await getMetadata(piv, 0x9d)).toEqual({ algorithm: 0xe0, pinRule: 'once', touch: 'never', origin: 'generated' });
    expect(await getMetadata(piv, 0x80)).toEqual({ algorithm: 0xff, isDefault: true, retriesTotal: 3, retriesLeft: 2 });
    card.end();
    expect(await getMetadata(await session(opened('050200')), 0x9a)).toBeUndefined();
  });

  const SERIAL = '00f80000 000000';
  const METADATA = '00f7009a 000000';
  it('a card that refuses the serial number of its version is not asked for metadata; one that has told of keys, or locks the number, is', async () => {
    const foreign = opened('050701').expect(SERIAL, '6d00');
    const piv = await session(foreign);
    expect(await getSerial(piv)).toBeUndefined();
    expect(await getMetadata(piv, 0x9a)).toBeUndefined();
    foreign.end();
    const telling = opened('050701').expect(METADATA, '6a88').expect(SERIAL, '6d00').expect(METADATA, '0101ff 9000');
    const told = await session(telling);
    await getMetadata(told, 0x9a);
    await getSerial(told);
    expect(await getMetadata(told, 0x9a)).toEqual({ algorithm: 0xff });
    const locking = opened('050701').expect(SERIAL, '6982').expect(METADATA, '0101ff 9000');
    const locked = await session(locking);
    await getSerial(locked);
    expect(await getMetadata(locked, 0x9a)).toEqual({ algorithm: 0xff });
  });

  it('objects: absent in many ways, wrong wrapper, trailing bytes', async () => {
    for (const sw of ['6a82', '6a81', '6a86', '6a88', '53009000', '9000'])
      expect(await getData(await session(opened(undefined).expect('00cb3fff 000005 5c035fc102 0000', sw)), 0x5fc102)).toBeUndefined();
    for (const reply of ['5301aa00019000', '7e01aa9000', '5305aa9000'])
      await expect(getData(await session(opened(undefined).expect(undefined, reply)), 0x5fc102)).rejects.toMatchObject({ reason: 'bad-answer' });
    await expect(getData(await session(opened(undefined).expect(undefined, '6982')), 0x5fc109)).rejects.toMatchObject({
      reason: 'not-authenticated',
      sw: 0x6982,
    });
  });

  it('PUT DATA: with 5C and 53, discovery bare, size first', async () => {
    const card = opened('050701').expect('00db3fff 07 5c035fc1025300', '9000').expect('00db3fff 04 7e02aabb', '6a84');
    const piv = await session(card);
    await putData(piv, 0x5fc102, bytes(0));
    await expect(putData(piv, 0x7e, fromHex('aabb'))).rejects.toMatchObject({ reason: 'card-full' });
    await expect(putData(piv, 0x5fc102, bytes(3053))).rejects.toMatchObject({ reason: 'too-large' });
    card.end();
  });

  it('key history bounds the search for retired keys', async () => {
    expect(await retiredKeysOnCard(await session(opened(undefined).expect('00cb3fff 000005 5c035fc10c 0000', '5308 c10102 c20100 fe00 9000')))).toBe(
      2,
    );
    expect(await retiredKeysOnCard(await session(opened(undefined).expect(undefined, '6a82')))).toBeUndefined();
    expect(await retiredKeysOnCard(await session(opened(undefined).expect(undefined, '5303c101ff9000')))).toBe(20);
  });

  it('serial and attestation are not asked of cards that have none', async () => {
    const card = opened(undefined);
    const piv = await session(card);
    expect(await getSerial(piv)).toBeUndefined();
    await expect(attestKey(piv, 0x9a)).rejects.toMatchObject({ reason: 'unsupported' });
    await expect(importKey(piv, 0x9a, { kind: 'ec', curve: 'P-256', d: bytes(32) })).rejects.toMatchObject({ reason: 'unsupported' });
    card.end();
  });

  it('import: a component that is too long is refused on the host; policy and order on the wire', async () => {
    const card = opened('050701').expect(`00fe1182 25 0620${'09'.repeat(32)}aa0103`, '9000');
    const piv = await session(card);
    await expect(importKey(piv, 0x82, { kind: 'ec', curve: 'P-256', d: bytes(Array.from({ length: 33 }, () => 1)) })).rejects.toMatchObject({
      reason: 'bad-parameter',
    });
    const half = bytes(128).fill(0xc1);
    const rsa = { kind: 'rsa', keyBits: 2048, p: half, q: half, dP: half, dQ: half, qInv: half } as const;
    await expect(importKey(piv, 0x82, { ...rsa, publicExponent: bytes([3]) })).rejects.toMatchObject({ reason: 'bad-parameter' });
    await importKey(piv, 0x82, { kind: 'ec', curve: 'P-256', d: fromHex(`00${'09'.repeat(32)}`) }, 'always');
    card.end();
  });

  it('a script notices an exchange too few and one too many', async () => {
    const card = opened(undefined).expect('00', '9000');
    await session(card);
    expect(() => card.end()).toThrow('1 scripted replies');
    await expect(session(scripted())).rejects.toThrow('nothing is scripted');
  });
});
