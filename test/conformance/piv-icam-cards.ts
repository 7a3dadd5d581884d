import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { fromHex, toHex } from '../../src/codec/hex.ts';
import { certificatesFrom } from '../../src/crypto/certificates/index.ts';
import { buildCertificateObject } from '../../src/piv/certificate-object.ts';
import type { CardImage, CardImageKey } from '../../src/simulator/card/index.ts';
import { corporaAbsent, corpusJson } from '../corpora.ts';

/* The GSA's ICAM test cards as card images of the simulated card. */

export interface IcamCard {
  readonly card: string;
  readonly objects: Readonly<Record<string, { readonly tag: string; readonly hex: string }>>;
  readonly certificates: Readonly<Record<string, { readonly derHex: string }>>;
  readonly pkcs12: Readonly<Record<string, string>>;
  /** Measured by another program. */
  readonly expected: {
    readonly chuid: {
      readonly fascn: string;
      readonly fascnDecoded: { readonly symbols: string; readonly lrcOk: boolean };
      readonly guid: string;
      readonly expiration: string;
      readonly cardholderUuid?: string;
      readonly cmsSignatureOk: boolean;
    };
    readonly discovery: { readonly pinUsagePolicy: string };
    readonly ccc: { readonly cardId: string; readonly dataModel: string };
    readonly printed: Readonly<Record<string, string>>;
    readonly security?: {
      readonly hashAlg: string;
      /** Container by data group. */
      readonly dgMap: Readonly<Record<string, string>>;
      readonly cmsSignatureOkWithChuidSigner: boolean;
      readonly checks: Readonly<Record<string, { readonly match: boolean }>>;
    };
    readonly securityError?: string;
  };
}

export function icamCards(): readonly (readonly [string, IcamCard])[] {
  if (corporaAbsent !== undefined) return [];
  const folder = process.env['WEB_MINIDRIVER_CORPORA'] ?? new URL('../../../shared/corpora/', import.meta.url).pathname;
  return readdirSync(`${folder}/piv-icam-cards`)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => [name.replace('.json', ''), corpusJson(`piv-icam-cards/${name}`) as IcamCard]);
}

/** By the number that the card's files begin with. */
const SLOTS = [
  { begins: '3 ', slot: '9A', tag: '5FC105' },
  { begins: '4 ', slot: '9C', tag: '5FC10A' },
  { begins: '5 ', slot: '9D', tag: '5FC10B' },
  { begins: '6 ', slot: '9E', tag: '5FC101' },
] as const;

/** The private key inside a PKCS#12 file without passphrase, by OpenSSL. */
function keyOf(slot: string, pkcs12: string): CardImageKey {
  const pem = execFileSync('openssl', ['pkcs12', '-passin', 'pass:', '-nodes', '-nocerts', '-legacy'], { input: Buffer.from(pkcs12, 'base64') });
  const jwk = createPrivateKey(pem).export({ format: 'jwk' });
  const hex = (text: string | undefined): string => Buffer.from(text ?? '', 'base64url').toString('hex');
  return { slot, algorithm: '07', p: hex(jwk.p), q: hex(jwk.q) };
}

export async function cardImage(card: IcamCard, options: { readonly keys: boolean }): Promise<CardImage> {
  const objects: Record<string, string> = {};
  for (const { tag, hex } of Object.values(card.objects)) objects[tag] = hex;
  for (const [name, { derHex }] of Object.entries(card.certificates)) {
    const slot = SLOTS.find(({ begins }) => name.startsWith(begins));
    if (slot === undefined) continue;
    const octets = fromHex(derHex);
    const [der = octets] = octets[0] === 0x30 ? [octets] : certificatesFrom(octets);
    objects[slot.tag] = toHex(await buildCertificateObject(der, false));
  }
  const keys = options.keys
    ? Object.entries(card.pkcs12).flatMap(([name, p12]) => {
        const slot = SLOTS.find(({ begins }) => name.startsWith(begins));
        return slot === undefined ? [] : [keyOf(slot.slot, p12)];
      })
    : [];
  return {
    profile: 'nist',
    objects,
    keys,
    ...((Number.parseInt(card.expected.discovery.pinUsagePolicy, 16) & 0x2000) === 0 ? {} : { globalPin: '654321' }),
  };
}
