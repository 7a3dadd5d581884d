import { describe, expect, it } from 'vitest';
import { bytes } from '../../../src/codec/bytes.ts';
import { toHex } from '../../../src/codec/hex.ts';
import { openPivEdge } from '../../../src/piv/card-edge.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { APT_STANDARD, GET_VERSION, scripted, type ScriptedCard, SELECT_PIV } from './transactions.ts';

async function session(card: ScriptedCard): Promise<PivSession> {
  return PivSession.open(card);
}

describe('opening', () => {
  it.each([
    ['the standard template', '61164f0ba000000308000010000100 79074f05a000000308', 'a000000308000010000100'],
    ['Yubico’s, with the PIX alone', '61114f0600001000010079074f05a000000308', '000010000100'],
    ['an empty answer', '', undefined],
  ])('takes %s', async (_name, template, aid) => {
    const card = scripted().expect(SELECT_PIV, template, '9000').expect(GET_VERSION, '050701', '9000');
    const piv = await session(card);
    expect(piv.application.aid === undefined ? undefined : toHex(piv.application.aid)).toBe(aid);
    expect(piv.profile.version).toEqual([5, 7, 1]);
    card.end();
  });

  it('reads label and algorithms', async () => {
    const piv = await session(
      scripted().expect(undefined, '6119 4f0ba000000308000010000100 500141 ac07 800111 800114 0600', '9000').expect(undefined, '6d00'),
    ).catch((error: unknown) => error);
    expect(piv).toMatchObject({ reason: 'bad-answer' });
    const good = await session(
      scripted().expect(undefined, '6119 4f0ba000000308000010000100 500141 ac07 800111 8001140600', '9000').expect(undefined, '6d00'),
    ).catch((error: unknown) => error);
    expect(good).toMatchObject({ reason: 'bad-answer' });
    const whole = await session(
      scripted().expect(undefined, '611b 4f0ba000000308000010000100 500141 ac09 800111 800114 060100', '9000').expect(undefined, '6d00'),
    );
    expect(whole.application).toMatchObject({ label: 'A', algorithms: [0x11, 0x14] });
    expect(whole.profile).toMatchObject({ cardName: 'A', version: undefined });
  });

  it.each([
    ['PIV is not on the card', '6a82', 'not-piv'],
    ['another application answers', '61074f05a0000001519000', 'not-piv'],
    ['garbage', '6105019000', 'bad-answer'],
  ])('%s', async (_name, reply, reason) => {
    await expect(session(scripted().expect(SELECT_PIV, reply))).rejects.toMatchObject({ layer: 'card', reason });
  });

  it('an edge on a card without PIV is an unknown card', async () => {
    await expect(openPivEdge(scripted().expect(SELECT_PIV, '6a82'), { atr: bytes(0) })).rejects.toMatchObject({
      layer: 'card-edge',
      reason: 'unknown-card',
    });
  });

  it.each(['0507', '05070101', '6982'])('GET VERSION answering %s means a plain card', async (body) => {
    const reply = body === '6982' ? body : `${body}9000`;
    const piv = await session(scripted().expect(SELECT_PIV, APT_STANDARD, '9000').expect(GET_VERSION, reply));
    expect(piv.profile.version).toBeUndefined();
  });
});
