import { describe, expect, it } from 'vitest';
import { type Quirk, QUIRKS } from '../../../../src/ccid/index.ts';
import { createWebUsbSource } from '../../../../src/channel/index.ts';
import { type Bytes, concat, fromHex, LayerError, toHex } from '../../../../src/codec/index.ts';
import { createSimulatedReader, type CcidDescriptor, type SimulatedReader } from '../../../../src/simulator/reader/index.ts';
import { createSimulatedUsb } from '../../../../src/simulator/usb/index.ts';
import { corporaAbsent, corpusJson } from '../../../corpora.ts';
import { ToyCard } from './toy-card.ts';

/** One row of reader-descriptors.json: what real readers say of themselves. */
interface Row {
  readonly file: string;
  readonly vid: string;
  readonly pid: string;
  readonly bcdDevice: string;
  readonly bNumEndpoints: number;
  readonly bInterfaceClass: string;
  readonly bInterfaceProtocol: number;
  readonly exchange: string;
  readonly bcdCCID: string;
  readonly bMaxSlotIndex: number;
  readonly bVoltageSupport: number;
  readonly dwProtocols: number;
  readonly dwDefaultClock_kHz: number;
  readonly dwMaximumClock_kHz: number;
  readonly bNumClockSupported: number;
  readonly clocksReported_kHz: readonly number[];
  readonly dwDataRate: number;
  readonly dwMaxDataRate: number;
  readonly bNumDataRatesSupported: number;
  readonly dataRatesReported: readonly number[];
  readonly dwMaxIFSD: number;
  readonly dwSynchProtocols: string;
  readonly dwMechanical: string;
  readonly dwFeatures: string;
  readonly dwMaxCCIDMessageLength: number;
  readonly bClassGetResponse: string;
  readonly bClassEnvelope: string;
  readonly wLcdLayout: string;
  readonly bPINSupport: string;
  readonly bMaxCCIDBusySlots: number;
}

/** "1.10" as the 16-bit value 0110. */
function bcd(text: string): number {
  const [major = '0', minor = '0'] = text.split('.');
  return (Number.parseInt(major, 16) << 8) | Number.parseInt(minor, 16);
}

function fields(row: Row): Partial<CcidDescriptor> {
  return {
    bcdCCID: bcd(row.bcdCCID),
    bMaxSlotIndex: row.bMaxSlotIndex,
    bVoltageSupport: row.bVoltageSupport,
    dwProtocols: row.dwProtocols,
    dwDefaultClock: row.dwDefaultClock_kHz,
    dwMaximumClock: row.dwMaximumClock_kHz,
    bNumClockSupported: row.bNumClockSupported,
    dwDataRate: row.dwDataRate,
    dwMaxDataRate: row.dwMaxDataRate,
    bNumDataRatesSupported: row.bNumDataRatesSupported,
    dwMaxIFSD: row.dwMaxIFSD,
    dwSynchProtocols: Number(row.dwSynchProtocols),
    dwMechanical: Number(row.dwMechanical),
    dwFeatures: Number(row.dwFeatures),
    dwMaxCCIDMessageLength: row.dwMaxCCIDMessageLength,
    bClassGetResponse: Number(row.bClassGetResponse),
    bClassEnvelope: Number(row.bClassEnvelope),
    wLcdLayout: Number(row.wLcdLayout),
    bPINSupport: Number(row.bPINSupport),
    bMaxCCIDBusySlots: row.bMaxCCIDBusySlots,
  };
}

const SELECT = fromHex('00a4040009a0000003080000100000');
const GET_DATA = fromHex('00ca006000');
/** What the application says of itself, its first byte the number of the slot. */
const SELECTED = fromHex('61104f0600001000010079064f04a0000003');

/** Has one application, and data for those who selected it. */
class ApplicationCard extends ToyCard {
  readonly #slot: number;
  #selected = false;

  constructor(atr: readonly number[], slot: number) {
    super(atr);
    this.#slot = slot;
  }

  override reset(kind: 'cold' | 'warm' | 'off'): void {
    super.reset(kind);
    this.#selected = false;
  }

  override async transmit(command: Bytes): Promise<Bytes> {
    if (command[1] === 0xa4) {
      this.#selected = toHex(command.slice(0, 14)) === toHex(SELECT.slice(0, 14));
      return this.#selected ? concat(Uint8Array.of(this.#slot), SELECTED, Uint8Array.of(0x90, 0x00)) : Uint8Array.of(0x6a, 0x82);
    }
    return this.#selected ? super.transmit(command) : Uint8Array.of(0x69, 0x85);
  }
}

/** A card that this reader says it can talk to. */
const cardFor = (row: Row, slot: number): ToyCard => new ApplicationCard((row.dwProtocols & 3) === 1 ? [0x3b, 0x00] : [0x3b, 0x80, 0x01, 0x81], slot);

function readerOf(row: Row): SimulatedReader {
  return createSimulatedReader({
    vendorId: Number(row.vid),
    productId: Number(row.pid),
    bcdDevice: bcd(row.bcdDevice),
    interfaceClass: row.bInterfaceClass === '0xFF' ? 0xff : 0x0b,
    interfaceProtocol: row.bInterfaceProtocol === 1 || row.bInterfaceProtocol === 2 ? row.bInterfaceProtocol : 0,
    slots: row.bMaxSlotIndex + 1,
    ccid: fields(row),
    notifies: row.bNumEndpoints === 3,
    // The quirk row message-length-263-is-271.
    ...(row.vid === '0x04E6' && row.dwMaxCCIDMessageLength === 263 ? { defects: { takesMessageBytes: 271 } } : {}),
    // SCR331-DI and its sisters: what libccid knows of them and their descriptor does not say.
    ...(row.bMaxSlotIndex > 0 && ['0x5120', '0x5121'].includes(row.pid) ? { laterSlots: { dwFeatures: 0x000204ba } } : {}),
    cards: Array.from({ length: row.bMaxSlotIndex + 1 }, (_, slot) => cardFor(row, slot)),
    ...(row.dataRatesReported.length > 0 ? { dataRates: row.dataRatesReported } : {}),
    ...(row.clocksReported_kHz.length > 0 ? { clockFrequencies: row.clocksReported_kHz } : {}),
  });
}

const GOOD = 'selected, 98 9000';

/** What the driver gets from every slot of a reader; one word where all are alike. */
async function drive(row: Row, quirks: readonly Quirk[]): Promise<string> {
  const usb = createSimulatedUsb([readerOf(row).device]);
  const source = createWebUsbSource({
    usb,
    environment: { hasUsb: true, secureContext: true, usbAllowed: true, isolatedApp: true, crossOriginIsolated: true, platform: 'linux' },
    quirks,
  });
  const [reader] = await source.list();
  const open = await reader?.open();
  try {
    const slots = open?.slots ?? [];
    if (slots.length !== row.bMaxSlotIndex + 1) return `${slots.length} slots`;
    const results = new Set<string>();
    for (const [slot, each] of slots.entries()) {
      const channel = await each.connect();
      const [selected, data] = await channel.transaction(async (card) => [await card.transmit(SELECT), await card.transmit(GET_DATA)]);
      await channel.close();
      const right = toHex(selected) === toHex(concat(Uint8Array.of(slot), SELECTED, Uint8Array.of(0x90, 0x00)));
      results.add(`${right ? 'selected' : toHex(selected)}, ${data.length} ${toHex(data.slice(-2))}`);
    }
    return [...results].join('; ');
  } finally {
    await open?.close();
  }
}

/** What must come of a reader; control-pipe tokens can't be simulated and are left out. */
const expected = (row: Row): string =>
  row.bInterfaceProtocol !== 0 ? 'ccid unsupported-interface' : row.exchange === 'character' ? 'channel unsupported-level' : GOOD;

describe.skipIf(corporaAbsent !== undefined)('readers as real ones describe themselves', () => {
  it('SELECT and GET DATA of 96 bytes in every slot of all that have bulk endpoints and a level above characters', async () => {
    const rows = (corpusJson('ccid-readers/reader-descriptors.json') as readonly Row[]).filter((row) => row.bNumEndpoints >= 2);
    const wrong: string[] = [];
    // Those with firmware that libccid refuses as well; when an embedder takes these rows out they serve.
    const bearsOld = QUIRKS.filter((quirk) => quirk.refused !== true);
    const refused: string[] = [];
    let driven = 0;
    for (const row of rows) {
      await drive(row, QUIRKS).catch((error: unknown) => {
        if (error instanceof LayerError && error.reason === 'old-firmware') refused.push(row.file);
      });
      const result = await drive(row, bearsOld).catch((error: unknown) =>
        error instanceof LayerError ? `${error.layer} ${error.reason}` : String(error),
      );
      if (result === GOOD) driven++;
      if (result !== expected(row))
        wrong.push(`${row.file}: ${result}; ${row.dwFeatures}, protocols ${row.dwProtocols}, message ${row.dwMaxCCIDMessageLength}`);
    }
    expect(wrong).toEqual([]);
    expect(driven).toBeGreaterThan(350);
    expect(refused).toEqual(['ActivCardV2.txt', 'SCL010.txt']);
  });
});
