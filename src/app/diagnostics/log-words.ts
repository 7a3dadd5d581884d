import { toHex } from '../../codec/hex.ts';
import type { TraceEvent } from '../../codec/trace.ts';
import { slotRegisters } from '../../ccid/slot-error-name.ts';
import { statusName } from '../../iso7816/index.ts';
import { RETURN_CODES } from '../../minidriver/cardmod/return-codes.ts';
import type { LogRow } from './state.ts';

/** Instructions by their names (ISO/IEC 7816-4, table 4; SP 800-73-4 part 2; GlobalPlatform 2.3, 11; FA to FF and F6 to F9: Yubico). */
const INSTRUCTIONS: Readonly<Record<number, string>> = {
  0x20: 'VERIFY',
  0x22: 'MANAGE SECURITY ENVIRONMENT',
  0x24: 'CHANGE REFERENCE DATA',
  0x2a: 'PERFORM SECURITY OPERATION',
  0x2c: 'RESET RETRY COUNTER',
  0x47: 'GENERATE ASYMMETRIC KEY PAIR',
  0x50: 'INITIALIZE UPDATE',
  0x82: 'EXTERNAL AUTHENTICATE',
  0x84: 'GET CHALLENGE',
  0x87: 'GENERAL AUTHENTICATE',
  0x88: 'INTERNAL AUTHENTICATE',
  0xa4: 'SELECT',
  0xb0: 'READ BINARY',
  0xc0: 'GET RESPONSE',
  0xca: 'GET DATA',
  0xcb: 'GET DATA',
  0xd6: 'UPDATE BINARY',
  0xdb: 'PUT DATA',
  0xf6: 'MOVE KEY',
  0xf7: 'GET METADATA',
  0xf8: 'GET SERIAL',
  0xf9: 'ATTEST',
  0xfa: 'SET PIN RETRIES',
  0xfb: 'RESET',
  0xfd: 'GET VERSION',
  0xfe: 'IMPORT ASYMMETRIC KEY',
  0xff: 'SET MANAGEMENT KEY',
};

const USB_WORDS: Readonly<Record<Extract<TraceEvent, { layer: 'usb' }>['kind'], readonly [string, LogRow['direction']]>> = {
  'bulk-out': ['bulk OUT', 'out'],
  'bulk-in': ['bulk IN', 'in'],
  'interrupt-in': ['interrupt IN', 'in'],
  'control-in': ['control IN', 'in'],
  'control-out': ['control OUT', 'out'],
  'clear-halt': ['CLEAR_FEATURE(ENDPOINT_HALT)', 'out'],
  open: ['open', 'none'],
  close: ['close', 'none'],
};

const CARD_WORDS: Readonly<Record<Extract<TraceEvent, { layer: 'card' }>['kind'], string>> = {
  power: 'power on, ATR',
  reset: 'reset, ATR',
  begin: 'transaction begins',
  end: 'transaction ends',
  removed: 'card removed',
};

const RETURN_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(RETURN_CODES).map(([name, code]) => [code, name]));

const octet = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

function instruction(ins: number): string {
  return INSTRUCTIONS[ins] ?? `INS ${octet(ins)}`;
}

function hexBody(body: Uint8Array | undefined): { readonly body?: string } {
  return body === undefined ? {} : { body: toHex(body, ' ') };
}

type Words = Omit<LogRow, 'number' | 'atMs'>;

function ccidWords(event: Extract<TraceEvent, { layer: 'ccid' }>): Words {
  const { kind, message, bSlot, bSeq, dwLength, bStatus = 0, bError = 0 } = event;
  // An answer without failure has bmCommandStatus 0; bError says nothing then (CCID 1.1, 6.2.6).
  const failure = bStatus >>> 6 === 0 ? '' : `, ${slotRegisters(bStatus, bError)}`;
  return {
    layer: 'ccid',
    direction: kind === 'command' ? 'out' : 'in',
    text: `${message}, bSlot ${bSlot}, bSeq ${bSeq}${failure}`,
    lengthBytes: dwLength,
  };
}

/** One trace event in the words of the standards. Bodies only where the trace has them. */
export function logWords(event: TraceEvent): Words {
  switch (event.layer) {
    case 'usb': {
      const [text, direction] = USB_WORDS[event.kind];
      return { layer: 'usb', direction, text: event.outcome === 'ok' ? text : `${text}, ${event.outcome}`, lengthBytes: event.lengthBytes };
    }
    case 'ccid':
      return ccidWords(event);
    case 'card':
      return {
        layer: 'card',
        direction: event.body === undefined ? 'none' : 'in',
        text: event.detail === undefined ? CARD_WORDS[event.kind] : `${CARD_WORDS[event.kind]}, ${event.detail}`,
        ...hexBody(event.body),
      };
    case 'apdu': {
      const { lengthBytes } = event;
      if (event.kind === 'response')
        // What a card answers may name a person; commands and status words do not.
        return {
          layer: 'apdu',
          direction: 'in',
          text: statusName(event.sw),
          lengthBytes,
          ...hexBody(event.body),
          ...(event.body === undefined || event.body.length <= 2 ? {} : { personal: true }),
        };
      const { cla, ins, p1, p2 } = event;
      return {
        layer: 'apdu',
        direction: 'out',
        text: `${instruction(ins)}, ${[cla, ins, p1, p2].map(octet).join(' ')}`,
        lengthBytes,
        ...hexBody(event.body),
      };
    }
    case 'minidriver':
      return {
        layer: 'minidriver',
        direction: 'none',
        text: `${event.entryPoint}(${event.detail ?? ''}): ${RETURN_NAMES.get(event.result) ?? `0x${event.result.toString(16).toUpperCase().padStart(8, '0')}`}`,
      };
    case 'app':
      return { layer: 'other', direction: 'none', text: event.detail === undefined ? event.step : `${event.step}, ${event.detail}` };
  }
}
