import { expect } from 'vitest';
import { type Bytes, fromHex, type Trace } from '../../../src/codec/index.ts';
import {
  type CARD_DATA,
  type CardDataFields,
  type CardModule,
  createCardModule,
  type FailureName,
  newCardData,
  type PinEntryNotice,
} from '../../../src/minidriver/index.ts';
import { FakeEdge, type FakeOptions, USER_PIN } from './fake-edge.ts';
import { code } from './outcomes.ts';

/** ATR of a YubiKey 5. */
export const ATR: Bytes = fromHex('3bfd1300008131fe158073c021c057597562694b657940');

export interface Bench {
  readonly edge: FakeEdge;
  readonly card: CARD_DATA<object>;
  readonly module: CardModule<object>;
}

/** A context on a fresh fake card. */
export async function bench(
  options: FakeOptions = {},
  fields: Partial<CardDataFields<object>> = {},
  trace?: Trace,
  onPinEntry?: PinEntryNotice,
): Promise<Bench> {
  const edge = new FakeEdge(options);
  const module = createCardModule<object>(async () => edge, {
    ...(trace === undefined ? {} : { trace }),
    ...(onPinEntry === undefined ? {} : { onPinEntry }),
  });
  const card = newCardData<object>({ pbAtr: ATR, hScard: {}, pwszCardName: 'test', ...fields });
  await module.CardAcquireContext(card, 0);
  edge.exchanges = 0;
  return { edge, card, module };
}

/** A context with ROLE_USER authenticated. */
export async function userBench(options: FakeOptions = {}): Promise<Bench> {
  const made = await bench(options);
  await made.card.CardAuthenticateEx(1, 0, USER_PIN);
  made.edge.exchanges = 0;
  return made;
}

/** Expects one code, and that the card was not asked for it: the check comes before any exchange. */
export async function refusedUnasked(edge: FakeEdge, expected: FailureName, call: Promise<unknown>): Promise<void> {
  const before = edge.exchanges;
  expect(await code(call)).toBe(expected);
  expect(edge.exchanges - before).toBe(0);
}

/** DER of a SEQUENCE with so many bytes in all: what a certificate looks like from outside. */
export function sequence(lengthBytes: number): Bytes {
  const out = new Uint8Array(lengthBytes).fill(0x05);
  out.set([0x30, 0x82, (lengthBytes - 4) >>> 8, (lengthBytes - 4) & 0xff]);
  return out;
}
