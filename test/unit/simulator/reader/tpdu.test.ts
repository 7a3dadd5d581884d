import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, fromHex, systemClock, toHex } from '../../../../src/codec/index.ts';
import { createSimulatedReader, type SimulatedReaderOptions } from '../../../../src/simulator/reader/index.ts';
import { errorDetectionCode } from '../../../../src/simulator/reader/t1-card.ts';
import { RawHost } from './raw-host.ts';
import { ToyCard } from './toy-card.ts';

const XFR = 0x6f;
const T0 = [0x3b, 0x00];
const BOTH = [0x3b, 0x80, 0x80, 0x01, 0x01];

async function powered(card: ToyCard, options: SimulatedReaderOptions = {}): Promise<(hex: string) => Promise<string>> {
  const host = new RawHost(createSimulatedReader({ level: 'tpdu', cards: [card], ...options }));
  await host.command(0x62);
  return async (hex) => {
    const answer = await host.command(XFR, fromHex(hex));
    return answer.slice(14, 18) === '0000' ? answer.slice(20) : `bError ${answer.slice(16, 18)}`;
  };
}

/** A block with its check added. */
const block = (hex: string): string => toHex(concat(fromHex(hex), errorDetectionCode(fromHex(hex), false)));

async function t1(
  card: ToyCard,
  options: SimulatedReaderOptions = {},
): Promise<{ send: (hex: string) => Promise<string>; raw: (hex: string) => Promise<string> }> {
  const host = new RawHost(createSimulatedReader({ level: 'tpdu', cards: [card], ...options }));
  await host.command(0x62);
  const raw = async (hex: string): Promise<string> => (await host.command(XFR, fromHex(hex))).slice(20);
  return { raw, send: (hex) => raw(block(hex)) };
}

describe('T=0', () => {
  it('tells the right length by 6C, keeps the answer to a command with data for GET RESPONSE', async () => {
    const card = new ToyCard(T0);
    const send = await powered(card);
    expect(await send('00a40400')).toBe('6d00');
    expect(await send('00ca000300')).toBe('6c03');
    expect(await send('00ca000303')).toBe('0001029000');
    expect(card.commands.map((command) => command[1])).toEqual([0xa4, 0xca]);
    expect(await send('00c200000401020304')).toBe('6102');
    expect(await send('00c0000003')).toBe('6c02');
    expect(await send('00c0000001')).toBe('006101');
    expect(await send('00c0000001')).toBe('099000');
    expect(await send('00c2000004010203')).toBe('6700');
    expect(await send('00ca000a04')).toBe('000102036106');
  });
});

describe('T=1', () => {
  it('exchanges I-blocks with alternating numbers', async () => {
    const { send } = await t1(new ToyCard());
    expect(await send('00000500ca000200')).toBe(block('00000400019000'));
    expect(await send('00400500ca000100')).toBe(block('0040030090' + '00'));
    // the same number again is not taken
    expect(await send('00400500ca000100')).toBe(block('008200'));
  });

  it('chains both ways by the information field sizes', async () => {
    const { send } = await t1(new ToyCard());
    const data = '00'.repeat(40);
    expect(await send(`00201b00c2000028${data.slice(0, 44)}`)).toBe(block('009000'));
    expect(await send(`004012${data.slice(0, 36)}`)).toBe(block('000004002d9000'));
    expect(await send('00c10110')).toBe(block('00e10110'));
    const first = block(`002010${toHex(Uint8Array.from({ length: 16 }, (_, i) => i))}`).replace(/^0020/, '0060');
    expect((await send('00000500ca001400')).slice(0, 38)).toBe(first.slice(0, 38));
    expect(await send('008000')).toBe(block('00000610111213' + '9000'));
  });

  it('answers damaged blocks with R, repeats on R, starts anew on RESYNCH', async () => {
    const card = new ToyCard();
    const { send, raw } = await t1(card);
    expect(await raw('00000500ca00010000')).toBe(block('008100'));
    expect(await send('00000500ca000100')).toBe(block('000003009000'));
    expect(await send('008000')).toBe(block('000003009000'));
    expect(await send('008200')).toBe(block('000003009000'));
    expect(card.commands).toHaveLength(1);
    expect(await send('00c000')).toBe(block('00e000'));
    expect(await send('00000500ca000100')).toBe(block('000003009000'));
    expect(await send('00c200')).toBe(block('00e200'));
    expect(await send('00c50100')).toBe(block('009200'));
  });

  it('asks for time until the card is ready', async () => {
    const card = new ToyCard();
    let finish = (): void => {};
    card.gate = new Promise<void>((resolve) => (finish = resolve));
    const { send } = await t1(card, { t1WaitingTimeMs: 1, timeExtensionMs: 10_000, clock: systemClock });
    expect(await send('00000500ca000100')).toBe(block('00c30101'));
    expect(await send('008000')).toBe(block('00c30101'));
    expect(await send('00e30101')).toBe(block('00c30101'));
    finish();
    expect(await send('00e30101')).toBe(block('000003009000'));
  });

  it('asks for another information field size', async () => {
    const { send } = await t1(new ToyCard(), { t1RequestsIfsc: 16 });
    expect(await send('00000500ca000100')).toBe(block('00c10110'));
    expect(await send('00e10110')).toBe(block('000003009000'));
    expect(await send(`004011${'00'.repeat(17)}`)).toBe(block('009200'));
  });

  it('has the check value of ISO/IEC 13239', () => {
    // "123456789": 6F91 before the final complement, the published check value 906E after it.
    const value = errorDetectionCode(new TextEncoder().encode('123456789'), true);
    expect(toHex(bytes([...value].map((octet) => octet ^ 0xff)))).toBe('906e');
  });
});

describe('PPS', () => {
  const parameters = async (host: RawHost, bProtocolNum: number): Promise<string> =>
    (await host.command(0x61, bProtocolNum === 1 ? fromHex('11100045002000') : fromHex('1100000a00'), [bProtocolNum, 0, 0])).slice(14, 18);

  it('by the host: echoed once, and only for what the ATR offers', async () => {
    const host = new RawHost(createSimulatedReader({ level: 'tpdu', cards: [new ToyCard(BOTH)] }));
    const send = async (data: Bytes): Promise<string> => (await host.command(XFR, data)).slice(14);
    await host.command(0x62);
    expect(await send(fromHex('ff1111ff'))).toBe('000000' + 'ff1111ff');
    expect(await parameters(host, 1)).toBe('0000');
    expect(await send(fromHex(block('00000500ca000100')))).toBe('000000' + block('000003009000'));
    await host.command(0x62);
    expect(await send(fromHex('ff1411fa'))).toBe('40fe00');
    await host.command(0x62);
    expect(await send(fromHex('ff10110000'))).toBe('40fe00');
  });

  it('by the reader, when it sets parameters', async () => {
    const host = new RawHost(createSimulatedReader({ level: 'tpdu', ccid: { dwFeatures: 0x000100b8 }, cards: [new ToyCard(BOTH)] }));
    await host.command(0x62);
    expect(await parameters(host, 1)).toBe('0000');
    expect((await host.command(XFR, fromHex(block('00000500ca000100')))).slice(14)).toBe('000000' + block('000003009000'));
    const onlyT0 = new RawHost(createSimulatedReader({ level: 'tpdu', ccid: { dwFeatures: 0x000100b8 }, cards: [new ToyCard(T0)] }));
    await onlyT0.command(0x62);
    expect(await parameters(onlyT0, 1)).toBe('40f6');
  });

  it('a reader set for another protocol than the card hears nothing', async () => {
    const host = new RawHost(createSimulatedReader({ level: 'tpdu', cards: [new ToyCard(BOTH)] }));
    await host.command(0x62);
    expect(await parameters(host, 1)).toBe('0000');
    expect((await host.command(XFR, fromHex(block('00000500ca000100')))).slice(14, 18)).toBe('40fe');
  });
});

describe('short APDU level with T=0 status passed on', () => {
  it('leaves GET RESPONSE and 6C to the host', async () => {
    const send = await powered(new ToyCard(T0), { level: 'short-apdu', passesT0Status: true });
    expect(await send('00c20000040102030400')).toBe('6102');
    expect(await send('00c0000002')).toBe('00099000');
    expect(await send('00ca000300')).toBe('6c03');
  });
});
