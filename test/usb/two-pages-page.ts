import { toProblem } from '../../src/app/problem.ts';
import { HeldTransaction } from '../../src/app/held-transaction.ts';
import { type CardChannel, type CardTransaction, createWebUsbSource, keepClaimed, pageReleasePolicy } from '../../src/channel/index.ts';
import { bytes, fromHex, toHex } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { openPivEdge } from '../../src/piv/index.ts';
import { problem as words } from '../../src/ui/messages/en/problem.ts';
import { hostEnvironment, hostPage, hostUsb } from '../../src/usb/index.ts';

/* One tab or worker of several on one reader: a context of the minidriver that is kept over many transactions. */

/** How something failed, as a person reads it. */
export interface Failed {
  /** Name of the return code. */
  readonly code: string;
  /** Short code for the telephone, what happened, and what can be done. */
  readonly short: string;
  readonly title: string;
  readonly text: string;
  readonly next: readonly string[];
}

export interface Done {
  /** Somebody else used the card since this tab's last transaction. */
  readonly interrupted: boolean;
  readonly result: string;
}

export type Work =
  /** A signature over this hash with the key that wants no PIN. */
  | { readonly kind: 'sign'; readonly hash: string }
  /** A signature with the key that wants the PIN, which is not given. */
  | { readonly kind: 'sign-guarded' }
  | { readonly kind: 'pin'; readonly pin: string }
  /** CP_CARD_AUTHENTICATED_STATE. */
  | { readonly kind: 'state' }
  | { readonly kind: 'read' }
  /** A new key in this container, which takes a while. */
  | { readonly kind: 'generate'; readonly index: number };

export interface Tab {
  /** Opens the reader and acquires a context. `keep` is a page that never gives the reader back; `waitMs` is how long it waits for it. */
  open(reader: string, options?: { readonly keep?: boolean; readonly idleMs?: number; readonly waitMs?: number }): Promise<Done | Failed>;
  /** Begins a transaction that lasts. */
  hold(): Promise<Done | Failed>;
  /** Ends it, and does no more: nobody gives up the PIN. */
  rest(): Promise<void>;
  /** One piece of work, in the transaction that is held or in one of its own. */
  work(work: Work): Promise<Done | Failed>;
}

declare global {
  var tab: Tab;
}

let channel: CardChannel | undefined;
let card: m.CARD_DATA<CardTransaction> | undefined;
let held: HeldTransaction | undefined;
const module = m.createCardModule<CardTransaction>(openPivEdge);

function failed(error: unknown): Failed {
  const code = m.minidriverError(error);
  const { code: short, what, next } = toProblem(code);
  return { code: code.reason, short, ...words.whats[what], next: next.map((each) => words.nexts[each]) };
}

const opened = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('nothing is open');
  return value;
};

async function signed(index: number, dwKeySpec: number, pbData: Uint8Array<ArrayBuffer>): Promise<string> {
  const info = { dwVersion: 1, bContainerIndex: index, dwKeySpec, dwSigningFlags: 0, aiHashAlg: 0, pbData };
  return toHex((await opened(card).CardSignData(info)).pbSignedData ?? bytes(0));
}

async function carryOut(work: Work): Promise<string> {
  const context = opened(card);
  switch (work.kind) {
    case 'sign':
      return signed(3, m.AT_ECDSA_P256, fromHex(work.hash));
    case 'sign-guarded':
      return signed(0, m.AT_KEYEXCHANGE, bytes(20).fill(1));
    case 'pin':
      await context.CardAuthenticateEx(m.ROLE_USER, 0, new TextEncoder().encode(work.pin));
      return '';
    case 'state':
      return String(await context.CardGetProperty(m.CP_CARD_AUTHENTICATED_STATE, 0));
    case 'read':
      return toHex(await context.CardReadFile(null, 'cardid', 0));
    case 'generate':
      await context.CardCreateContainerEx(work.index, m.CARD_CREATE_CONTAINER_KEY_GEN, m.AT_SIGNATURE, 2048, null, m.ROLE_USER);
      return '';
  }
}

async function guarded(body: () => Promise<Done>): Promise<Done | Failed> {
  try {
    return await body();
  } catch (error) {
    return failed(error);
  }
}

/** Whether the transaction followed somebody else's. */
const adopt = (transaction: CardTransaction): boolean => {
  opened(card).hScard = transaction;
  return transaction.interrupted;
};

globalThis.tab = {
  open: (name, { keep = false, ...options } = {}) =>
    guarded(async () => {
      const release = keep ? keepClaimed : pageReleasePolicy({ ...hostPage('web-minidriver'), ...options });
      const source = createWebUsbSource({ usb: hostUsb(), environment: hostEnvironment(), release });
      const reader = (await source.list()).find(({ info }) => info.name === name);
      if (reader === undefined) throw new Error(`no reader ${name}`);
      const [slot] = (await reader.open()).slots;
      channel = await opened(slot).connect();
      return channel.transaction(async (hScard) => {
        card = m.newCardData<CardTransaction>({ pbAtr: hScard.atr, hScard });
        await module.CardAcquireContext(card, 0);
        return { interrupted: hScard.interrupted, result: '' };
      });
    }),
  hold: () =>
    guarded(async () => {
      held = await HeldTransaction.begin(opened(channel));
      return { interrupted: adopt(held.card), result: '' };
    }),
  rest: async () => {
    await opened(held).end();
    held = undefined;
  },
  work: (work) =>
    guarded(async () => {
      if (held !== undefined) return { interrupted: held.card.interrupted, result: await carryOut(work) };
      return opened(channel).transaction(async (transaction) => ({ interrupted: adopt(transaction), result: await carryOut(work) }));
    }),
};
