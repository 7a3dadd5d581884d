import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex } from '../../../../src/codec/index.ts';
import { createSimulatedReader, type SimulatedReaderOptions } from '../../../../src/simulator/reader/index.ts';
import { errorDetectionCode } from '../../../../src/simulator/reader/t1-card.ts';
import { RawHost } from './raw-host.ts';
import { ToyCard } from './toy-card.ts';

const MUTE = 'bError fe';
/** T=1 alone, TA1 = 95: 512/16. */
const FAST = [0x3b, 0x90, 0x95, 0x81, 0x01, 0x85];
/** The same speed from the start: TA2 = 81. */
const SPECIFIC = [0x3b, 0x90, 0x95, 0x91, 0x81, 0x01, 0x14];
const PPS = 'ff11957b';
const block = (hex: string): string => toHex(concat(fromHex(hex), errorDetectionCode(fromHex(hex), false)));
const COMMAND = block('00000500ca000100');
const ANSWER = block('000003009000');

interface Hands {
  /** A block or PPS, and what comes back or the bError. */
  readonly send: (hex: string) => Promise<string>;
  /** T=1 parameters with this FI and DI; the bError. */
  readonly speed: (fiDi: number) => Promise<string>;
  readonly powerOn: (bPowerSelect?: number) => Promise<string>;
  readonly card: ToyCard;
}

async function powered(atr: readonly number[], options: SimulatedReaderOptions = {}): Promise<Hands> {
  const card = new ToyCard(atr);
  const host = new RawHost(createSimulatedReader({ level: 'tpdu', cards: [card], ...options }));
  const result = (answer: string): string => (answer.slice(14, 18) === '0000' ? answer.slice(20) : `bError ${answer.slice(16, 18)}`);
  const hands: Hands = {
    card,
    send: async (hex) => result(await host.command(0x6f, fromHex(hex))),
    speed: async (fiDi) => result(await host.command(0x61, [fiDi, 0x10, 0, 0x4d, 0, 0x20, 0], [1, 0, 0])),
    powerOn: async (bPowerSelect = 0) => result(await host.command(0x62, [], [bPowerSelect, 0, 0])),
  };
  await hands.powerOn();
  return hands;
}

describe('speed of reader and card', () => {
  it('a reader at another speed than its card hears nothing', async () => {
    const { send, speed, powerOn, card } = await powered(FAST);
    expect(await send(PPS)).toBe(PPS);
    expect(await send(COMMAND)).toBe(MUTE);
    expect(await speed(0x94)).toBe('94' + '10004d002000');
    expect(await send(COMMAND)).toBe(MUTE);
    await speed(0x95);
    expect(await send(COMMAND)).toBe(ANSWER);
    expect(card.commands).toHaveLength(1);
    // After a reset the card is at its defaults, and so is the reader.
    await powerOn();
    expect(await send(COMMAND)).toBe(ANSWER);
    await speed(0x95);
    expect(await send(COMMAND)).toBe(MUTE);
    // FI 0 and FI 1 are the same F.
    await speed(0x01);
    expect(await send(block('00400500ca000100'))).toBe(block('004003009000'));
  });

  it('a card in specific mode starts at TA1 and takes no PPS', async () => {
    const { send, speed } = await powered(SPECIFIC);
    expect(await send(PPS)).toBe(MUTE);
    await speed(0x95);
    expect(await send(COMMAND)).toBe(ANSWER);
  });

  it('a refused PPS silences the card until it is reset; one accepted without PPS1 leaves the defaults', async () => {
    const mute = await powered(FAST, { ppsAnswer: 'mute' });
    expect(await mute.send(PPS)).toBe(MUTE);
    expect(await mute.send(COMMAND)).toBe(MUTE);
    await mute.powerOn();
    expect(await mute.send(COMMAND)).toBe(ANSWER);
    const short = await powered(FAST, { ppsAnswer: 'without-pps1' });
    expect(await short.send(PPS)).toBe('ff01fe');
    expect(await short.send(COMMAND)).toBe(ANSWER);
  });

  it('a reader that does PPS takes the card along, by its parameters or by its own negotiation', async () => {
    const byParameters = await powered(FAST, { ccid: { dwFeatures: 0x000100b8 } });
    await byParameters.speed(0x95);
    expect(await byParameters.send(COMMAND)).toBe(ANSWER);
    const own = await powered(FAST, { ccid: { dwFeatures: 0x0001007c } });
    expect(await own.send(COMMAND)).toBe(ANSWER);
    // There is one PPS after a reset.
    expect(await own.speed(0x94)).toBe('bError f6');
    const apdu = await powered(FAST, { level: 'short-apdu', ccid: { dwFeatures: 0x00020038 } });
    await apdu.speed(0x95);
    expect(await apdu.send('00ca000100')).toBe(MUTE);
    await apdu.speed(0x11);
    expect(await apdu.send('00ca000100')).toBe('009000');
  });
});

describe('supply voltage', () => {
  const at = async (voltages: ToyCard['voltages'], bVoltageSupport: number, dwFeatures: number): Promise<string[]> => {
    const { powerOn, card } = await powered(FAST, { ccid: { bVoltageSupport, dwFeatures } });
    card.voltages = voltages;
    const out: string[] = [];
    for (const bPowerSelect of [0, 1, 2, 3]) out.push(await powerOn(bPowerSelect));
    return out;
  };
  const atr = toHex(Uint8Array.from(FAST));

  it('a card answers at its own voltages only, at what the reader has of them', async () => {
    const byHand = 0x000100b0;
    expect(await at([5, 3, 1.8], 7, byHand)).toEqual(['bError 07', atr, atr, atr]);
    expect(await at([3], 7, byHand)).toEqual(['bError 07', MUTE, atr, MUTE]);
    expect(await at([1.8], 3, byHand)).toEqual(['bError 07', MUTE, MUTE, 'bError 07']);
    expect(await at([1.8], 7, 0x000100b8)).toEqual([atr, MUTE, MUTE, atr]);
    expect(await at([1.8], 3, 0x000100b8)).toEqual([MUTE, MUTE, MUTE, 'bError 07']);
  });
});

describe('T=1 requests of the card', () => {
  const CHAINED = block('00201b00c2000028' + '00'.repeat(22));
  const REST = '004012' + '00'.repeat(18);

  it('another IFSC amid the chain of the host', async () => {
    const { send } = await powered([0x3b, 0x80, 0x01, 0x81], { t1RequestsIfsc: 48, t1RequestsIfscAt: 'chain' });
    expect(await send(CHAINED)).toBe(block('00c10130'));
    expect(await send(block('00e10131'))).toBe(block('009200'));
    expect(await send(block('00e10130'))).toBe(block('009000'));
    expect(await send(block(REST))).toBe(block('000004002d9000'));
  });

  it('the end of a chain: the right to send comes back, and the numbers go on', async () => {
    const { send, card } = await powered([0x3b, 0x80, 0x01, 0x81], { t1Aborts: 'command' });
    expect(await send(CHAINED)).toBe(block('00c200'));
    expect(await send(block('00e200'))).toBe(block('009000'));
    expect(card.commands).toEqual([]);
    expect(await send(block('00400500ca000100'))).toBe(block('000003009000'));
    const answers = await powered([0x3b, 0x80, 0x01, 0x81], { t1Aborts: 'answer' });
    expect((await answers.send(block('00000500ca002800'))).slice(0, 6)).toBe('002020');
    expect(await answers.send(block('009000'))).toBe(block('00c200'));
    expect(await answers.send(block('00e200'))).toBe(block('009000'));
    expect(await answers.send(block('00400500ca000100'))).toBe(block('004003009000'));
  });
});
