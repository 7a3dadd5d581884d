import { type Bytes, concat } from '../../../../src/codec/index.ts';
import type { SimulatedCard } from '../../../../src/simulator/smart-card.ts';

/** A card for reader tests: GET DATA (CA) answers P1P2 bytes, ENVELOPE (C2) answers the length it got, all else 6D00. */
export class ToyCard implements SimulatedCard {
  readonly atr: Bytes;
  readonly extendedLength: boolean = true;
  readonly resets: string[] = [];
  readonly commands: Bytes[] = [];
  voltages: readonly (5 | 3 | 1.8)[] = [5, 3, 1.8];
  /** What each command waits for before it is answered. */
  gate: Promise<void> = Promise.resolve();

  constructor(atr: readonly number[] = [0x3b, 0x80, 0x01, 0x81]) {
    this.atr = Uint8Array.from(atr);
  }

  reset(kind: 'cold' | 'warm' | 'off'): void {
    this.resets.push(kind);
  }

  async transmit(command: Bytes): Promise<Bytes> {
    this.commands.push(command);
    await this.gate;
    const [, ins = 0, p1 = 0, p2 = 0] = command;
    if (ins === 0xca)
      return concat(
        Uint8Array.from({ length: (p1 << 8) | p2 }, (_, i) => i & 0xff),
        Uint8Array.of(0x90, 0x00),
      );
    if (ins === 0xc2) return Uint8Array.of(command.length >> 8, command.length & 0xff, 0x90, 0x00);
    if (ins === 0x20) return Uint8Array.of(0x90, 0x00);
    return Uint8Array.of(0x6d, 0x00);
  }
}
