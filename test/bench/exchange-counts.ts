import { type Bytes, copy } from '../../src/codec/bytes.ts';
import { fromHex } from '../../src/codec/hex.ts';
import { systemRandom } from '../../src/codec/random.ts';
import { digest } from '../../src/crypto/digest.ts';
import { digestInfo, pkcs1Pad } from '../../src/crypto/pkcs1.ts';
import type { EdgeKeyType } from '../../src/minidriver/card-edge.ts';
import { openPivEdgeWith } from '../../src/piv/card-edge.ts';
import type { PivEdge } from '../../src/piv/card-edge/edge.ts';
import { readInventory } from '../../src/piv/inventory.ts';
import { typedManagementKey } from '../../src/piv/management.ts';
import { PivSession } from '../../src/piv/session.ts';
import { createPivCard, type PivProfileName } from '../../src/simulator/card/index.ts';
import { issuedImage } from '../conformance/piv-issued.ts';
import { type CardTerminal, terminal } from '../unit/piv/transactions.ts';

/* APDUs per flow, counted where they reach the card: four certificates of about 1 kB, short APDUs unless said otherwise. */

export interface ExchangeCount {
  readonly flow: string;
  readonly profile: PivProfileName;
  readonly count: number;
  readonly most: number;
  /** What each APDU is for. */
  readonly why: string;
  /** The same work by the tools (counted on Debian 12). */
  readonly tools: string;
  /** Commands that went twice with the same octets. */
  readonly repeated: readonly string[];
}

const pin = (): Bytes => fromHex('313233343536');
const key = () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));
const p256: EdgeKeyType = { kind: 'ec', curve: 'P-256' };

async function open(card: CardTerminal): Promise<PivEdge> {
  return openPivEdgeWith(card, { atr: copy(card.atr), random: systemRandom, today: () => new Date(), managementKey: key });
}

/** Commands that were sent twice with the same octets; GET RESPONSE is no question of its own, and a write makes reading a new one. */
export function repeatedCommands(card: CardTerminal): string[] {
  const seen = new Set<string>();
  const out: string[] = [];
  for (const { command } of card.log) {
    const ins = command.slice(2, 4);
    if (ins === 'c0') continue;
    if (ins === 'db') for (const each of [...seen]) if (each.slice(2, 4) === 'cb') seen.delete(each);
    if (seen.has(command)) out.push(command.slice(0, 8));
    seen.add(command);
  }
  return out;
}

interface Flow {
  readonly flow: string;
  readonly extended?: boolean;
  readonly most: number;
  /** Cards that can do it; left out: all. */
  readonly profiles?: readonly PivProfileName[];
  readonly why: string;
  readonly tools: string;
  /** Not counted. */
  readonly before?: (edge: PivEdge) => Promise<void>;
  readonly run: (card: CardTerminal, edge: PivEdge) => Promise<void>;
}

const block = async (): Promise<Bytes> => pkcs1Pad(digestInfo('SHA-256', await digest('SHA-256', fromHex('00'))), 256);
const hash = (): Promise<Bytes> => digest('SHA-256', fromHex('00'));

const FLOWS: readonly Flow[] = [
  {
    flow: 'inventory from SELECT on, four slots',
    most: 24,
    why: 'SELECT, version, CHUID, serial number where there is one; 4 x (GET DATA and 3 GET RESPONSE)',
    tools: 'yubico-piv-tool status 63, pkcs15-tool --dump 46',
    run: async (card) => void (await readInventory(await PivSession.open(card), false)),
  },
  {
    flow: 'inventory from SELECT on, retired slots too',
    most: 40,
    why: 'as above and 20 x GET METADATA, or the key history, or 20 x GET DATA',
    tools: 'yubico-piv-tool status 63',
    run: async (card) => void (await readInventory(await PivSession.open(card), true)),
  },
  {
    flow: 'one certificate, PIV selected',
    most: 4,
    why: 'GET DATA and 3 GET RESPONSE',
    tools: 'yubico-piv-tool 7, pkcs15-tool 31',
    run: async (_card, edge) => void (await edge.readCertificate(0)),
  },
  {
    flow: 'one certificate, PIV selected, extended length',
    extended: true,
    most: 1,
    why: 'GET DATA',
    tools: '-',
    run: async (_card, edge) => void (await edge.readCertificate(0)),
  },
  {
    flow: 'RSA-2048 signature with PIN, PIV selected',
    most: 4,
    why: 'VERIFY, GENERAL AUTHENTICATE in 2 parts, GET RESPONSE',
    tools: 'yubico-piv-tool 8, pkcs11-tool 40',
    run: async (_card, edge) => {
      await edge.verifyPin(1, pin());
      await edge.rsaPrivate(0, await block());
    },
  },
  {
    flow: 'RSA-2048 signature with PIN, PIV selected, extended length',
    extended: true,
    most: 2,
    why: 'VERIFY, GENERAL AUTHENTICATE',
    tools: '-',
    run: async (_card, edge) => {
      await edge.verifyPin(1, pin());
      await edge.rsaPrivate(0, await block());
    },
  },
  {
    flow: 'P-256 signature with PIN in 9C, PIV selected',
    most: 2,
    why: 'VERIFY, GENERAL AUTHENTICATE',
    tools: 'yubico-piv-tool 6, pkcs11-tool 42',
    before: async (edge) => void (await edge.containers()),
    run: async (_card, edge) => {
      await edge.verifyPin(3, pin());
      await edge.ecdsaSign(1, await hash());
    },
  },
  {
    flow: 'generate P-256 with PIN and management key, PIV selected',
    most: 8,
    why: 'VERIFY, algorithm of 9B (metadata, else one challenge an algorithm), mutual authentication 2, GENERATE',
    tools: 'yubico-piv-tool 12',
    run: async (_card, edge) => {
      await edge.verifyPin(1, pin());
      await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
    },
  },
  {
    flow: 'renewal of a signing key up to its new certificate, PIV selected',
    most: 10,
    why: 'algorithm of 9B, mutual authentication 2; where the card tells of its keys, metadata and certificate (4); GENERATE',
    tools: '-',
    run: async (_card, edge) => void (await edge.prepareRenewal(0, { keyType: p256 })),
  },
  {
    flow: 'renewal of a decryption key up to its new certificate, PIV selected',
    profiles: ['yubikey-5.7'],
    most: 61,
    why: 'as above; 20 x GET METADATA and GET DATA for a free place, the history; certificate (5) and history (1) written and read back (4 and 1); MOVE KEY',
    tools: '-',
    run: async (_card, edge) => void (await edge.prepareRenewal(2, { keyType: p256 })),
  },
];

/** Every simulated card. */
export const ALL_PROFILES: readonly PivProfileName[] = ['nist', 'government', 'look-alike', 'yubikey-4', 'yubikey-5.4', 'yubikey-5.7'];

export async function countExchanges(profiles: readonly PivProfileName[] = ['nist', 'yubikey-5.7']): Promise<ExchangeCount[]> {
  const out: ExchangeCount[] = [];
  for (const profile of profiles) {
    const image = await issuedImage(profile);
    for (const { flow, extended = false, most, profiles: able = profiles, why, tools, before, run } of FLOWS) {
      if (!able.includes(profile)) continue;
      const card = terminal(createPivCard({ profile, image, extendedLength: extended }));
      const edge = await open(card);
      // The PIN's reference is asked once a session, from the discovery object, on cards that may have a Global PIN.
      await edge.pinStatus(1);
      await before?.(edge);
      card.clear();
      await run(card, edge);
      out.push({ flow, profile, count: card.log.length, most, why, tools, repeated: repeatedCommands(card) });
    }
  }
  return out;
}
