import { describe, expect, it } from 'vitest';
import { bytes } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { ChannelError } from '../../../src/channel/errors.ts';
import { getData, putData } from '../../../src/piv/data-objects.ts';
import { getMetadata } from '../../../src/piv/metadata.ts';
import { logout, probePin, verifyPin } from '../../../src/piv/pin.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { APT_STANDARD, opened, type ScriptedCard, SELECT_PIV } from './transactions.ts';

const READ = '00cb3fff 000005 5c035fc102 0000';
const PRINTED = '00cb3fff 000005 5c035fc109 0000';
const METADATA = (reference: string): string => `00f700${reference} 000000`;

async function remembering(card: ScriptedCard): Promise<PivSession> {
  const piv = await PivSession.open(card);
  piv.remember();
  return piv;
}

describe('a session that remembers', () => {
  it('asks once, and again only after what may have changed the answer', async () => {
    const card = opened('050701')
      .expect(READ, '53020102', '9000')
      .expect('00db3fff 08 5c035fc107530101', '9000')
      .expect('00db3fff 08 5c035fc102530103', '9000')
      .expect(READ, '530103', '9000');
    const piv = await remembering(card);
    expect(toHex((await getData(piv, 0x5fc102))!)).toBe('0102');
    expect(toHex((await getData(piv, 0x5fc102))!)).toBe('0102');
    await putData(piv, 0x5fc107, bytes([1]));
    expect(toHex((await getData(piv, 0x5fc102))!)).toBe('0102');
    await putData(piv, 0x5fc102, bytes([3]));
    expect(toHex((await getData(piv, 0x5fc102))!)).toBe('03');
    card.end();
  });

  it('hands out copies: whoever wipes one wipes nothing else', async () => {
    const piv = await remembering(opened('050701').expect(READ, '53020102', '9000'));
    (await getData(piv, 0x5fc102))?.fill(0);
    expect(toHex((await getData(piv, 0x5fc102))!)).toBe('0102');
  });

  it('keeps nothing that stands behind the PIN, and no refusal for want of it', async () => {
    const card = opened('050701')
      .expect(PRINTED, '53020102', '9000')
      .expect(PRINTED, '53020102', '9000')
      .expect(READ, '6982')
      .expect(READ, '530105', '9000');
    const piv = await remembering(card);
    for (let i = 0; i < 2; i++) expect(toHex((await getData(piv, 0x5fc109))!)).toBe('0102');
    await expect(getData(piv, 0x5fc102)).rejects.toMatchObject({ reason: 'not-authenticated' });
    expect(toHex((await getData(piv, 0x5fc102))!)).toBe('05');
    card.end();
  });

  it('tries left: again after a PIN command, a log-out, another application', async () => {
    const card = opened('050701')
      .expect('00200080', '63c3')
      .expect('00200080 08 313233343536ffff', '9000')
      .expect('00200080', '9000')
      .expect('0020ff80', '9000')
      .expect('00200080', '63c3')
      .expect(METADATA('80'), '06020303', '9000')
      .expect('00200080 08 313233343536ffff', '63c2')
      .expect(METADATA('80'), '06020302', '9000');
    const piv = await remembering(card);
    for (let i = 0; i < 2; i++) expect((await probePin(piv)).retriesLeft).toBe(3);
    await verifyPin(piv, fromHex('313233343536'));
    for (let i = 0; i < 2; i++) expect((await probePin(piv)).verified).toBe(true);
    await logout(piv);
    expect((await probePin(piv)).retriesLeft).toBe(3);
    for (let i = 0; i < 2; i++) expect((await getMetadata(piv, 0x80))?.retriesLeft).toBe(3);
    await expect(verifyPin(piv, fromHex('313233343536'))).rejects.toMatchObject({ reason: 'wrong-pin' });
    expect((await getMetadata(piv, 0x80))?.retriesLeft).toBe(2);
    card.end();
  });

  it('forgets with an interruption, with a failure of unknown end, and when told', async () => {
    const card = opened('050701').expect(METADATA('9a'), '6a88').expect(METADATA('9a'), '010111', '9000');
    const piv = await remembering(card);
    for (let i = 0; i < 2; i++) expect(await getMetadata(piv, 0x9a)).toBeUndefined();
    piv.forgetAnswers();
    for (let i = 0; i < 2; i++) expect((await getMetadata(piv, 0x9a))?.algorithm).toBe(0x11);
    card.interrupted = true;
    card.expect(SELECT_PIV, APT_STANDARD, '9000').expect('00fd0000 000000', '050701', '9000').expect(METADATA('9a'), '6a88');
    await piv.attach(card);
    expect(await getMetadata(piv, 0x9a)).toBeUndefined();
    card.interrupted = false;
    await piv.attach({ ...card, transmit: () => Promise.reject(new ChannelError('timeout', 'unknown', 'no answer')) });
    await expect(getData(piv, 0x5fc102)).rejects.toMatchObject({ outcome: 'unknown' });
    card.expect(SELECT_PIV, APT_STANDARD, '9000').expect(METADATA('9a'), '010111', '9000');
    await piv.attach(card);
    expect((await getMetadata(piv, 0x9a))?.algorithm).toBe(0x11);
    card.end();
  });

  it.each([
    { name: 'SET RETRIES', command: [0xfa, 3, 3], reference: '80' },
    { name: 'SET RETRIES, of the PUK too', command: [0xfa, 3, 3], reference: '81' },
    { name: 'MOVE KEY, where it comes from', command: [0xf6, 0x82, 0x9d], reference: '9d' },
    { name: 'MOVE KEY, where it goes to', command: [0xf6, 0x82, 0x9d], reference: '82' },
    { name: 'SET MANAGEMENT KEY', command: [0xff, 0xff, 0xff], reference: '9b' },
    { name: 'GENERATE', command: [0x47, 0x00, 0x9a], reference: '9a' },
    { name: 'an import', command: [0xfe, 0x11, 0x9a], reference: '9a' },
    { name: 'RESET RETRY COUNTER', command: [0x2c, 0x00, 0x80], reference: '80' },
    { name: 'CHANGE REFERENCE DATA', command: [0x24, 0x00, 0x81], reference: '81' },
  ] as const)('metadata after $name of $reference: asked again', async ({ command: [ins, p1, p2], reference }) => {
    const untouched = '9e';
    const card = opened('050701').expect(METADATA(reference), '06020303', '9000').expect(METADATA(untouched), '6a88');
    const piv = await remembering(card);
    for (let i = 0; i < 2; i++) expect((await getMetadata(piv, Number.parseInt(reference, 16)))?.retriesLeft).toBe(3);
    expect(await getMetadata(piv, Number.parseInt(untouched, 16))).toBeUndefined();
    card.expect(undefined, '9000').expect(METADATA(reference), '06020302', '9000');
    await piv.command(ins, p1, p2);
    expect((await getMetadata(piv, Number.parseInt(reference, 16)))?.retriesLeft).toBe(2);
    // What the command was not about is still known.
    expect(await getMetadata(piv, Number.parseInt(untouched, 16))).toBeUndefined();
    card.end();
  });

  it('one that does not remember asks each time', async () => {
    const card = opened('050701').expect(READ, '530101', '9000').expect(READ, '530102', '9000');
    const piv = await PivSession.open(card);
    expect([toHex((await getData(piv, 0x5fc102))!), toHex((await getData(piv, 0x5fc102))!)]).toEqual(['01', '02']);
    card.end();
  });
});
