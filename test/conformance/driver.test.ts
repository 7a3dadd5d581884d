import { describe, expect, it } from 'vitest';
import { type Bytes, toHex } from '../../src/codec/index.ts';
import { bench, withCard } from './driver-setup.ts';
import { EchoCard, echoAtr, t0Atr } from './echo-card.ts';

/** Octets that tell their place, so that a lost or doubled part shows. */
function pattern(length: number): Bytes {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
}

/** INS EE with the data, Le for all of it, in the form the length needs. */
function echo(data: Bytes): Bytes {
  const head = [0x80, 0xee, 0, 0];
  if (data.length === 0) return Uint8Array.from([...head, 0]);
  if (data.length < 256) return Uint8Array.from([...head, data.length, ...data, 0]);
  return Uint8Array.from([...head, 0, data.length >> 8, data.length & 0xff, ...data, 0, 0]);
}

const SIZES = [0, 1, 5, 42, 52, 54, 116, 118, 254, 255, 256, 257, 258, 498, 1000, 2048];

describe('payloads through reader levels, message lengths and packet sizes', () => {
  for (const level of ['short-apdu', 'extended-apdu'] as const)
    for (const dwMaxCCIDMessageLength of [64 + 10, 271, 65_554])
      for (const packetBytes of [64, 512])
        for (const zeroLengthPacket of [true, false])
          for (const extendedLength of [true, false])
            it(`${level}, ${dwMaxCCIDMessageLength} byte messages, packets of ${packetBytes}, ${zeroLengthPacket ? 'with' : 'without'} closing empty packet, card ${extendedLength ? 'with' : 'without'} extended length`, async () => {
              const card = new EchoCard(extendedLength);
              const { reader, simulated } = await bench({ level, packetBytes, zeroLengthPacket, ccid: { dwMaxCCIDMessageLength }, cards: [card] });
              await withCard(reader, async (channel) => {
                expect(toHex(channel.atr)).toBe(toHex(card.atr));
                expect(channel.protocol).toBe('T=1');
                for (const size of SIZES) {
                  const data = pattern(size);
                  for (const form of ['auto', 'chain'] as const) {
                    card.seen = [];
                    const answer = await channel.transaction((transaction) => transaction.transmit(echo(data), { form }));
                    expect(toHex(answer), `${size} bytes, ${form}`).toBe(`${toHex(data)}9000`);
                    // Parts of the command that the card got: as large as a short APDU and one message of the reader allow.
                    const shortBytes = level === 'short-apdu' ? Math.min(261, dwMaxCCIDMessageLength - 10) : 261;
                    const unsplit = level === 'extended-apdu' && form === 'auto' && extendedLength;
                    const parts = unsplit || size + 6 <= shortBytes ? 1 : Math.ceil(size / (shortBytes - 6));
                    expect(card.seen.filter((each) => each.includes('ee:')).length, `${size} bytes, ${form}`).toBe(parts);
                  }
                }
              });
              expect(simulated.journal.commands.every((command) => command.answered)).toBe(true);
            });
});

describe('payloads over T=0 and T=1 done by the host', () => {
  for (const protocol of ['T=0', 'T=1'] as const)
    for (const features of [0x00010038, 0x000100b8, 0x00010078, 0x00010438])
      for (const dwMaxCCIDMessageLength of [64 + 10, 271])
        for (const ta1 of [undefined, 0x95])
          it(`${protocol}, dwFeatures ${features.toString(16)}, ${dwMaxCCIDMessageLength} byte messages, TA1 ${ta1?.toString(16) ?? 'absent'}`, async () => {
            const card = new EchoCard(true, protocol === 'T=0' ? t0Atr(ta1) : echoAtr(true, ta1));
            const { reader } = await bench({ level: 'tpdu', ccid: { dwMaxCCIDMessageLength, dwFeatures: features }, cards: [card] });
            await withCard(reader, async (channel) => {
              expect(channel.protocol).toBe(protocol);
              for (const size of SIZES) {
                const data = pattern(size);
                for (const form of ['auto', 'chain'] as const) {
                  const answer = await channel.transaction((transaction) => transaction.transmit(echo(data), { form }));
                  expect(toHex(answer), `${size} bytes, ${form}`).toBe(`${toHex(data)}9000`);
                }
              }
            });
          });

  it('a card that shares no protocol with the reader is refused by name', async () => {
    const { reader } = await bench({ level: 'tpdu', ccid: { dwProtocols: 1 }, cards: [new EchoCard(true)] });
    await expect(withCard(reader, () => Promise.resolve())).rejects.toMatchObject({ reason: 'unsupported-protocol', outcome: 'not-sent' });
  });
});

describe('one APDU is what the caller asked for', () => {
  it('repeats after 6Cxx with the right Le', async () => {
    const card = new EchoCard(false);
    const { reader } = await bench({ level: 'short-apdu', cards: [card] });
    const answer = await withCard(reader, (channel) => channel.transaction((transaction) => transaction.transmit(Uint8Array.of(0, 0xec, 0, 0, 0))));
    expect(toHex(answer)).toBe('01020304059000');
    expect(card.seen).toEqual(['00ec:5', '00ec:5']);
  });

  it('refuses the extended form where the reader carries short APDUs only', async () => {
    const card = new EchoCard(true);
    const { reader } = await bench({ level: 'short-apdu', cards: [card] });
    const failing = withCard(reader, (channel) =>
      channel.transaction((transaction) => transaction.transmit(echo(pattern(300)), { form: 'extended' })),
    );
    await expect(failing).rejects.toMatchObject({ layer: 'channel', reason: 'too-long', outcome: 'not-sent' });
    expect(card.seen).toEqual([]);
  });
});
