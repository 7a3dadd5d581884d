import type { PivProfileName } from '../../src/simulator/card/index.ts';
import { pivProfiles } from '../../src/simulator/card/index.ts';
import type { IssuedSlot } from './issue.ts';
import { issueCard } from './issue.ts';
import type { Lab } from './lab.ts';
import type { CardOrder } from './orders.ts';
import { makeAuthority, MANAGEMENT_KEY, opensslDigests } from './suite.ts';
import type { Tool } from './table.ts';

/** What the steps of one tool on one card know, and what they leave for the next. */
export interface Station {
  readonly lab: Lab;
  readonly profile: PivProfileName;
  /** How the card was ordered. */
  readonly order: CardOrder;
  /** The key of 9B as the last step left it. */
  managementKey: string;
  /** Tries that a full counter has. */
  tries: { readonly pin: number; readonly puk: number };
}

/** Keys and certificates of an issued card. A government card has no P-384. */
export function issuedSlots(profile: PivProfileName): readonly (IssuedSlot & { readonly id: string })[] {
  return [
    { slot: '9a', algorithm: '07', object: '5fc105', id: '01' },
    { slot: '9c', algorithm: '11', object: '5fc10a', id: '02' },
    { slot: '9d', algorithm: '07', object: '5fc10b', id: '03' },
    { slot: '9e', algorithm: profile === 'government' ? '11' : '14', object: '5fc101', id: '04' },
  ];
}

const TRIPLE_DES = 0x03;

/** The card that a tool starts with: issued for those that only use cards, new for those that make them. */
async function orderFor(tool: Tool, lab: Lab, profile: PivProfileName): Promise<CardOrder> {
  if (tool === 'OpenSC' || tool === 'ykcs11') return { profile, image: await issueCard(lab, profile, issuedSlots(profile)) };
  if (tool === 'yubico-piv-tool') return { profile, serial: 12345678, managementAlgorithm: TRIPLE_DES };
  return { profile, serial: 12345678 };
}

const furnished = new WeakSet<Lab>();

/** The authority, the data to sign, and a key of nobody's card where steps expect those of a card: once in a lab. */
async function furnish(lab: Lab): Promise<void> {
  if (furnished.has(lab)) return;
  await makeAuthority(lab);
  await lab.ok(['openssl', 'pkey', '-in', 'soft.key', '-pubout', '-out', 'soft.pub']);
  for (const { slot } of issuedSlots('nist')) await lab.write(`${slot}.pub`, await lab.read('soft.pub'));
  await lab.write('data', 'what the card signs\n');
  await opensslDigests(lab, 'data');
  furnished.add(lab);
}

/** Puts the card for a tool into the reader, changed as a planted failure wants it. */
export async function prepare(tool: Tool, lab: Lab, profile: PivProfileName, planted: Partial<CardOrder> = {}): Promise<Station> {
  await furnish(lab);
  const order = { ...(await orderFor(tool, lab, profile)), ...planted };
  await lab.card(order);
  const { retries } = pivProfiles[profile];
  return { lab, profile, order, managementKey: MANAGEMENT_KEY, tries: { pin: retries, puk: retries } };
}

/** One step of a table's row: does it and judges it. @throws Error with what the tool said, or of an expectation */
export type Step = (station: Station) => Promise<void>;

export type Steps = Readonly<Record<string, Step>>;
