import type { FaultKind } from './faults.ts';

/** One command message that arrived. Never its data. */
export interface JournalCommand {
  /** Counted from 1. */
  readonly number: number;
  readonly bMessageType: number;
  readonly bSlot: number;
  readonly bSeq: number;
  readonly dwLength: number;
  /** The first byte of its own: bPowerSelect, bBWI or bProtocolNum. */
  readonly byte7: number;
  readonly fault: FaultKind | null;
  /** Whether an undamaged answer was put on the bulk IN endpoint. */
  answered: boolean;
  bError: number | null;
  /** Time extension frames sent before the answer. */
  timeExtensions: number;
}

/** One command APDU (or T=0 command TPDU) that reached a card: header and lengths, never data. */
export interface JournalApdu {
  /** The command message that brought its last part. */
  readonly command: JournalCommand;
  readonly bSlot: number;
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  /** Length of the command data field. */
  readonly dataBytes: number;
  /** SW1 SW2 of the card's answer; null while there is none. */
  sw: number | null;
}

/** Lc of a command APDU, short or extended (ISO/IEC 7816-4, 5.1). */
function dataBytes(apdu: Uint8Array): number {
  if (apdu.length <= 5) return 0;
  const p3 = apdu[4] ?? 0;
  if (p3 !== 0) return p3;
  return apdu.length === 7 ? 0 : ((apdu[5] ?? 0) << 8) | (apdu[6] ?? 0);
}

/** Entries kept of each kind; a reader in a page that is polled all day forgets the oldest. */
const keptEntries = 50_000;

function keep<T>(list: T[], entry: T): T {
  if (list.length >= keptEntries) list.splice(0, keptEntries / 2);
  list.push(entry);
  return entry;
}

/** What arrived at a simulated reader and its cards, in order. */
export class ReaderJournal {
  readonly commands: JournalCommand[] = [];
  readonly apdus: JournalApdu[] = [];
  readonly controlRequests: { readonly bmRequestType: number; readonly bRequest: number; readonly wValue: number; readonly wIndex: number }[] = [];
  #number = 0;

  clear(): void {
    this.commands.length = 0;
    this.apdus.length = 0;
    this.controlRequests.length = 0;
  }

  /** Number of command APDUs with this instruction byte that reached a card. */
  count(ins: number, options: { readonly withData?: boolean } = {}): number {
    return this.apdus.filter((apdu) => apdu.ins === ins && (options.withData === undefined || options.withData === apdu.dataBytes > 0)).length;
  }

  /** VERIFY commands that carried a PIN to a card. */
  get verifiesWithData(): readonly JournalApdu[] {
    return this.apdus.filter((apdu) => apdu.ins === 0x20 && apdu.dataBytes > 0);
  }

  command(entry: Omit<JournalCommand, 'number' | 'answered' | 'bError' | 'timeExtensions'>): JournalCommand {
    this.#number++;
    return keep(this.commands, { ...entry, number: this.#number, answered: false, bError: null, timeExtensions: 0 });
  }

  apdu(command: JournalCommand, apdu: Uint8Array): JournalApdu {
    return keep(this.apdus, {
      command,
      bSlot: command.bSlot,
      cla: apdu[0] ?? 0,
      ins: apdu[1] ?? 0,
      p1: apdu[2] ?? 0,
      p2: apdu[3] ?? 0,
      dataBytes: dataBytes(apdu),
      sw: null,
    });
  }
}
