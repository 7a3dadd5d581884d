import { describe, expect, it } from 'vitest';
import { bytes, fromHex, toHex } from '../../../../src/codec/index.ts';
import { FAULT_ENDS, FAULT_KINDS, READER_ENDPOINTS, createSimulatedReader } from '../../../../src/simulator/reader/index.ts';
import { RawHost } from './raw-host.ts';
import { ToyCard } from './toy-card.ts';

const POWER_ON = 0x62;
const XFR = 0x6f;
const STATUS = 0x65;

describe('slot', () => {
  it('answers status, power and parameters byte for byte', async () => {
    const card = new ToyCard();
    const reader = createSimulatedReader();
    const host = new RawHost(reader);
    expect(await host.command(STATUS)).toBe('81000000000000020000');
    expect(await host.command(POWER_ON)).toBe('80000000000001' + '42fe00');
    reader.insert(card);
    expect(await host.command(STATUS)).toBe('81000000000002010000');
    expect(await host.command(XFR, [0, 0xca, 0, 1])).toBe('80000000000003' + '41fe00');
    expect(await host.command(POWER_ON)).toBe('80040000000004000000' + '3b800181');
    expect(card.resets).toEqual(['cold']);
    expect(await host.command(0x6c)).toBe('82070000000005000001' + '1110004d002000');
    expect(await host.command(XFR, [0, 0xca, 0, 1, 0])).toBe('80030000000006000000' + '009000');
    expect(await host.command(POWER_ON)).toBe('80040000000007000000' + '3b800181');
    expect(await host.command(0x63)).toBe('81000000000008010000');
    expect(card.resets).toEqual(['cold', 'warm', 'off']);
    expect(await host.command(STATUS, [], [0, 0, 0], 3)).toBe('810000000003' + '09' + '420500');
    expect(await host.command(0x6b, [1])).toBe('8300000000000a' + '410000');
    expect(await host.command(0x7e)).toBe('8100000000000b' + '410000');
  });

  it('reads parameters out of the ATR for T=0, T=1 and inverse convention', async () => {
    const parameters = async (atr: string): Promise<string> => {
      const host = new RawHost(createSimulatedReader({ cards: [new ToyCard([...fromHex(atr)])] }));
      await host.command(POWER_ON);
      return (await host.command(0x6c)).slice(18);
    };
    expect(await parameters('3b00')).toBe('00' + '1100000a00');
    expect(await parameters('3f9513' + '00')).toBe('00' + '1302000a00');
    expect(await parameters('3bf81300008131fe454a434f5076323431b7')).toBe('01' + '13100045' + '00fe00');
  });

  it('refuses a voltage it has not', async () => {
    const host = new RawHost(createSimulatedReader({ ccid: { bVoltageSupport: 1 }, cards: [new ToyCard()] }));
    expect((await host.command(POWER_ON, [], [2, 0, 0])).slice(14)).toBe('410700');
    expect((await host.command(POWER_ON, [], [1, 0, 0])).slice(14)).toBe('000000' + '3b800181');
  });

  it('puts parts of transfers together, and takes several messages in one transfer', async () => {
    const reader = createSimulatedReader();
    const host = new RawHost(reader);
    const first = host.message(STATUS);
    await host.out(first.slice(0, 4));
    await host.out(bytes([...first.slice(4), ...host.message(STATUS), ...host.message(STATUS)]));
    expect([(await host.in(64)).actualBytes, (await host.in(64)).actualBytes, (await host.in(64)).actualBytes]).toEqual([10, 10, 10]);
    expect(reader.journal.commands.map((command) => command.bSeq)).toEqual([0, 1, 2]);
  });
});

describe('exchange levels', () => {
  it('short APDU: carries 261 bytes, refuses extended length and chaining', async () => {
    const card = new ToyCard();
    const host = new RawHost(createSimulatedReader({ level: 'short-apdu', cards: [card] }));
    await host.command(POWER_ON);
    expect((await host.command(XFR, [0, 0xca, 1, 0, 0])).length).toBe(2 * (10 + 258));
    expect(await host.command(XFR, [0, 0xc2, 0, 0, 255, ...new Uint8Array(256)])).toMatch(/01059000$/);
    expect((await host.command(XFR, [0, 0xc2, 0, 0, 0, 1, 0])).slice(14)).toBe('400e00');
    expect((await host.command(XFR, [0, 0xca, 0, 0], [0, 1, 0])).slice(14)).toBe('400800');
    expect((await host.command(XFR, [0, 0xca])).slice(14)).toBe('400100');
    expect(card.commands).toHaveLength(2);
  });

  it('extended APDU: chains both ways with a message of 64 bytes', async () => {
    const card = new ToyCard();
    const host = new RawHost(createSimulatedReader({ ccid: { dwMaxCCIDMessageLength: 64 }, cards: [card] }));
    await host.command(POWER_ON);
    const apdu = bytes([0, 0xc2, 0, 0, 0, 0, 100, ...new Uint8Array(100), 0, 0]);
    expect((await host.command(XFR, apdu.slice(0, 54), [0, 1, 0])).slice(14)).toBe('000010');
    expect((await host.command(XFR, apdu.slice(54, 108), [0, 3, 0])).slice(14)).toBe('000010');
    expect((await host.command(XFR, apdu.slice(108), [0, 2, 0])).slice(14)).toBe('000000' + '006d9000');
    expect(toHex(card.commands[0] ?? bytes(0))).toBe(toHex(apdu));
    let answer = await host.command(XFR, [0, 0xca, 0, 120, 0]);
    expect(answer.slice(18, 20)).toBe('01');
    let data = answer.slice(20);
    for (const chain of ['03', '02']) {
      answer = await host.command(XFR, [], [0, 0x10, 0]);
      expect(answer.slice(18, 20)).toBe(chain);
      data += answer.slice(20);
    }
    expect(data).toBe(toHex(Uint8Array.from({ length: 120 }, (_, i) => i)) + '9000');
    expect((await host.command(XFR, [], [0, 0x10, 0])).slice(14)).toBe('400800');
    expect((await host.command(XFR, [1], [0, 2, 0])).slice(14)).toBe('400800');
    expect((await host.command(XFR, new Uint8Array(55))).slice(14)).toBe('400100');
  });

  it('carries the largest extended APDU in one message', async () => {
    const card = new ToyCard();
    const host = new RawHost(createSimulatedReader({ ccid: { dwMaxCCIDMessageLength: 65554 }, cards: [card] }));
    await host.command(POWER_ON);
    expect(await host.command(XFR, [0, 0xc2, 0, 0, 0, 0xff, 0xff, ...new Uint8Array(65535), 0, 0])).toMatch(/00089000$/);
    expect(card.commands[0]).toHaveLength(65544);
  });
});

describe('packets', () => {
  it.each([true, false])('closes a whole number of packets with an empty one: %s', async (zeroLengthPacket) => {
    const host = new RawHost(createSimulatedReader({ zeroLengthPacket, cards: [new ToyCard()] }));
    await host.command(POWER_ON);
    await host.out(host.message(XFR, [0, 0xca, 0, 52, 0]));
    await Promise.resolve();
    const first = await host.in(64);
    expect(first.actualBytes).toBe(64);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(host.reader.device.waitingPackets(READER_ENDPOINTS.bulkIn)).toBe(zeroLengthPacket ? 1 : 0);
  });

  it('a buffer too small for the packet is babble and halts the endpoint', async () => {
    const host = new RawHost(createSimulatedReader());
    await host.out(host.message(STATUS));
    expect((await host.in(5)).status).toBe('babble');
    expect((await host.in(64)).status).toBe('stall');
    host.reader.device.clearHalt(READER_ENDPOINTS.bulkIn);
    expect(await host.command(STATUS)).toMatch(/^81/);
  });
});

describe('notifications', () => {
  it('tells five slots in two bytes, merges what was not fetched', async () => {
    const reader = createSimulatedReader({ slots: 5 });
    const host = new RawHost(reader);
    const first = host.in(8, READER_ENDPOINTS.interruptIn);
    reader.insert(new ToyCard(), 4);
    expect(toHex((await first).data)).toBe('500003');
    reader.insert(new ToyCard(), 0);
    reader.remove(4);
    expect(toHex((await host.in(8, READER_ENDPOINTS.interruptIn)).data)).toBe('500302');
    reader.notify();
    expect(toHex((await host.in(8, READER_ENDPOINTS.interruptIn)).data)).toBe('500100');
  });
});

describe('abort', () => {
  it.each([['control first'], ['bulk first']])('needs both halves: %s', async (order) => {
    const card = new ToyCard();
    let finish = (): void => {};
    card.gate = new Promise((resolve) => (finish = resolve));
    const reader = createSimulatedReader({ cards: [card] });
    const host = new RawHost(reader);
    card.gate = Promise.resolve();
    await host.command(POWER_ON);
    card.gate = new Promise((resolve) => (finish = resolve));
    await host.out(host.message(XFR, [0, 0xca, 0, 1, 0]));
    const abort = host.message(0x72);
    const bSeq = abort[6] ?? 0;
    const control = (): void =>
      reader.device.submitControl({ bmRequestType: 0x21, bRequest: 1, wValue: bSeq << 8, wIndex: 0 }, bytes(0), 0, () => {});
    const answer = host.in();
    if (order === 'control first') control();
    await host.out(abort);
    if (order === 'bulk first') control();
    expect(toHex((await answer).data)).toBe(`81000000000${bSeq.toString(16).padStart(3, '0')}000000`);
    finish();
    expect(await host.command(XFR, [0, 0xca, 0, 1, 0])).toMatch(/009000$/);
  });
});

describe('time extension', () => {
  it('comes periodically while the card works', async () => {
    const card = new ToyCard();
    const reader = createSimulatedReader({ cards: [card], timeExtensionMs: 1, timeExtensionMultiplier: 7 });
    const host = new RawHost(reader);
    await host.command(POWER_ON);
    let finish = (): void => {};
    card.gate = new Promise((resolve) => (finish = resolve));
    await host.out(host.message(XFR, [0, 0xca, 0, 1, 0]));
    for (let i = 0; i < 3; i++) expect(toHex((await host.in(64)).data)).toBe('80000000000001800700');
    expect(await host.command(STATUS).then((answer) => answer.slice(0, 2))).toMatch(/8[01]/);
    finish();
    let last = '';
    while (!last.endsWith('9000')) last = toHex((await host.in(64)).data);
    expect(last).toBe('80030000000001000000009000');
  });
});

describe('faults', () => {
  const struck = async (kind: (typeof FAULT_KINDS)[number]): Promise<string> => {
    const card = new ToyCard();
    const reader = createSimulatedReader({ cards: [card], timeExtensionMs: 1 });
    const host = new RawHost(reader);
    await host.command(POWER_ON);
    reader.fault({ kind, message: XFR });
    const pending = host.in(4096);
    const out = await host.out(host.message(XFR, [0, 0xca, 0, 1, 0]));
    const first = await Promise.race([pending, new Promise<null>((resolve) => setTimeout(() => resolve(null), 20))]);
    return `${out.status} ${first === null ? 'nothing' : `${first.status} ${toHex(first.data)}`} ${card.commands.length}`;
  };

  it('each kind shows as what it is, and the card has seen the command or not', async () => {
    const seen: Record<string, string> = {};
    for (const kind of FAULT_KINDS) seen[kind] = await struck(kind);
    expect(seen).toEqual({
      silence: 'completed nothing 0',
      'stall-in': 'completed stall  0',
      'stall-out': 'stall nothing 0',
      'short-frame': 'completed completed 8003000000 1',
      'wrong-bSeq': 'completed completed 80030000000081000000009000 1',
      'wrong-slot': 'completed completed 80030000004001000000009000 1',
      'wrong-type': 'completed completed 87030000000001000000009000 1',
      'bad-dwLength': 'completed completed 80130000000001000000009000 1',
      'huge-dwLength': 'completed completed 80f0ffffff0001000000009000 1',
      parity: 'completed completed 80000000000001' + '40fd00 0',
      mute: 'completed completed 80000000000001' + '40fe00 0',
      'hardware-error': 'completed completed 80000000000001' + '40fb00 0',
      busy: 'completed completed 80000000000001' + '40f200 0',
      'slot-busy': 'completed completed 80000000000001' + '40e000 0',
      'time-extension': 'completed completed 80000000000001800100 0',
      removal: 'completed completed 80000000000001' + '42fe00 0',
      unplug: 'completed disconnected  0',
      babble: 'completed babble  1',
      'stray-zlp': 'completed completed  1',
      'flipped-byte': 'completed completed 80030000000001000000009001 1',
      'trailing-bytes': 'completed completed 800300000000010000000090000000 1',
      'stale-reply': 'completed completed 80000000000054000000 1',
    });
  });

  it.each(FAULT_ENDS)('end as told: %s', async (until) => {
    const reader = createSimulatedReader({ cards: [new ToyCard()] });
    const host = new RawHost(reader);
    await host.command(POWER_ON);
    reader.fault({ kind: 'mute', message: XFR, at: 2, until });
    const mutes: boolean[] = [];
    const one = async (): Promise<void> => void mutes.push((await host.command(XFR, [0, 0xca, 0, 1, 0])).slice(14, 18) === '40fe');
    for (let i = 0; i < 4; i++) await one();
    await host.command(POWER_ON);
    await one();
    expect(mutes).toEqual(
      {
        once: [false, true, false, false, false],
        twice: [false, true, true, false, false],
        reset: [false, true, true, true, false],
        never: [false, true, true, true, true],
      }[until],
    );
  });

  it('a lost answer differs from a lost command', async () => {
    const card = new ToyCard();
    const reader = createSimulatedReader({ cards: [card] });
    const host = new RawHost(reader);
    await host.command(POWER_ON);
    reader.fault({ kind: 'silence', carriedOut: true });
    await host.out(host.message(XFR, [0, 0x20, 0, 0x80, 1, 0x31]));
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(card.commands).toHaveLength(1);
    expect(reader.journal.verifiesWithData).toMatchObject([{ ins: 0x20, p2: 0x80, dataBytes: 1, sw: 0x9000, command: { answered: false } }]);
    expect(JSON.stringify(reader.journal)).not.toContain('49'); // 0x31
  });
});

describe('journal', () => {
  it('counts instructions with and without data', async () => {
    const reader = createSimulatedReader({ cards: [new ToyCard()] });
    const host = new RawHost(reader);
    await host.command(POWER_ON);
    for (const apdu of [
      [0, 0x20, 0, 0x80],
      [0, 0x20, 0, 0x80, 2, 1, 2],
      [0, 0xca, 0, 1, 0],
    ])
      await host.command(XFR, apdu);
    expect([
      reader.journal.count(0x20),
      reader.journal.count(0x20, { withData: true }),
      reader.journal.count(0x20, { withData: false }),
      reader.journal.count(0xca),
    ]).toEqual([2, 1, 1, 1]);
    expect(reader.journal.commands.every((command) => command.answered)).toBe(true);
  });
});
