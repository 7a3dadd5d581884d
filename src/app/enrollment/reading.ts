import { samePublicKey } from '../../crypto/public-key.ts';
import { toHex } from '../../codec/hex.ts';
import type { Bytes } from '../../codec/bytes.ts';
import {
  CardEdgeError,
  CCP_PIN_IDENTIFIER,
  certificateFileName,
  CP_CARD_GUID,
  CP_CARD_PIN_INFO,
  CP_CARD_READ_ONLY,
  CP_CARD_SERIAL_NO,
  decodeContainerMap,
  decodePublicKeyBlob,
  type EdgePublicKey,
  type EdgeUsage,
  isValidRecord,
  MinidriverError,
  PinCacheAlwaysPrompt,
  ROLE_ADMIN,
  ROLE_USER,
  szBASE_CSP_DIR,
  szCONTAINER_MAP_FILE,
} from '../../minidriver/index.ts';
import { containerOf } from '../../minidriver/edge-container.ts';
import type { FamilyPlace } from '../card-families/family.ts';
import type { CardSummary, PlaceSummary, SecretSummary } from '../card-summary.ts';
import { readableCertificate, summarize } from '../certificate-summary.ts';
import { publicKeyTypeName } from '../key-types.ts';
import type { CardSession } from './card-session.ts';

/** The key in a place as the v7 interface tells it. */
export interface ContainerKey {
  /** Undefined when the card has a key and nothing tells its public half. */
  readonly publicKey: EdgePublicKey | undefined;
  readonly usage: EdgeUsage;
}

/** True for the return code with this name. */
function answered(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof MinidriverError && names.includes(error.name);
}

/** CardGetContainerInfo; undefined for an empty container. */
export async function readContainerKey(session: CardSession, containerIndex: number): Promise<ContainerKey | undefined> {
  let info;
  try {
    info = await session.card.CardGetContainerInfo(containerIndex, 0, { dwVersion: 1 });
  } catch (error) {
    if (answered(error, 'SCARD_E_NO_KEY_CONTAINER')) return undefined;
    throw error;
  }
  const blob = info.pbSigPublicKey ?? info.pbKeyExPublicKey;
  if (blob !== null) {
    const { key, usage } = decodePublicKeyBlob(blob);
    return { publicKey: key, usage };
  }
  return { publicKey: undefined, usage: (await containerOf(session.edge, containerIndex))?.usage ?? 'signature' };
}

/** DER of a place's certificate; 'unreadable' when something else is stored. */
async function readCertificateFile(session: CardSession, containerIndex: number, usage: EdgeUsage): Promise<Bytes | 'unreadable' | undefined> {
  try {
    return await session.card.CardReadFile(szBASE_CSP_DIR, certificateFileName(containerIndex, usage), 0);
  } catch (error) {
    if (answered(error, 'SCARD_E_FILE_NOT_FOUND')) return undefined;
    if (answered(error, 'SCARD_E_COMM_DATA_LOST')) return 'unreadable';
    throw error;
  }
}

/** Whether the PIN that guards the container has to be presented before each use. */
async function wantsPinAlways(session: CardSession, containerIndex: number): Promise<boolean> {
  const role = await session.card.CardGetContainerProperty(containerIndex, CCP_PIN_IDENTIFIER, 0);
  const info = await session.card.CardGetProperty(CP_CARD_PIN_INFO, role);
  return info.PinCachePolicy.PinCachePolicyType === PinCacheAlwaysPrompt;
}

/** One place as it is now. */
export async function readPlace(session: CardSession, place: FamilyPlace, now: Date): Promise<PlaceSummary> {
  const { containerIndex } = place;
  const base = { containerIndex, place: place.place, purpose: place.purpose };
  const key = await readContainerKey(session, containerIndex);
  if (key === undefined) return readFreePlace(session, place, now);
  const { publicKey, usage } = key;
  // Where a key came from is the card family's word: v7 has none.
  const origin = (await containerOf(session.edge, containerIndex))?.origin;
  const keyType = publicKeyTypeName(publicKey);
  const der = await readCertificateFile(session, containerIndex, usage);
  const certificate = der === undefined || der === 'unreadable' ? undefined : readableCertificate(der);
  const same = certificate?.publicKey === undefined || publicKey === undefined ? undefined : samePublicKey(certificate.publicKey, publicKey);
  // A card that does not tell its keys is known by its certificates only: that the two agree then says nothing.
  const certificateMatchesKey = same === true && !session.familyCard.tellsKeys ? undefined : same;
  return {
    ...base,
    hasKey: true,
    pinAlways: await wantsPinAlways(session, containerIndex),
    hasCertificate: der !== undefined,
    ...(keyType === undefined ? {} : { keyType }),
    ...(origin === undefined ? {} : { origin }),
    ...(certificate === undefined ? {} : { certificate: await summarize(certificate, now) }),
    ...(certificateMatchesKey === undefined ? {} : { certificateMatchesKey }),
  };
}

/** A place without key may still hold a certificate, which v7 does not show; a retired one is not asked for it. */
async function readFreePlace(session: CardSession, place: FamilyPlace, now: Date): Promise<PlaceSummary> {
  const { containerIndex, purpose, pinAlways } = place;
  const base = { containerIndex, place: place.place, purpose, hasKey: false, pinAlways };
  if (purpose === 'retired') return { ...base, hasCertificate: false };
  try {
    const der = await session.edge.readCertificate(containerIndex);
    const certificate = der === undefined ? undefined : readableCertificate(der);
    return { ...base, hasCertificate: der !== undefined, ...(certificate === undefined ? {} : { certificate: await summarize(certificate, now) }) };
  } catch (error) {
    if (error instanceof CardEdgeError && error.reason === 'bad-answer') return { ...base, hasCertificate: true };
    throw error;
  }
}

/**
 * The places of one sort. Those for retired keys are many, and a card is asked for each by itself: twenty questions on a PIV card that tells
 * of its keys.
 */
export async function readPlaces(session: CardSession, now: Date, which: 'main' | 'retired'): Promise<readonly PlaceSummary[]> {
  const out: PlaceSummary[] = [];
  const map = which === 'main' ? undefined : decodeContainerMap(await session.card.CardReadFile(szBASE_CSP_DIR, szCONTAINER_MAP_FILE, 0));
  for (const place of session.family.places) {
    if ((place.purpose === 'retired') !== (which === 'retired')) continue;
    const record = map?.[place.containerIndex];
    const free = map !== undefined && (record === undefined || !isValidRecord(record));
    out.push(await (free ? readFreePlace(session, place, now) : readPlace(session, place, now)));
  }
  return out;
}

/** Tries left and length rules of a PIN, without spending a try. v7 tells neither. */
export async function readSecret(session: CardSession, which: 'pin' | 'puk'): Promise<SecretSummary> {
  const pin = session.edge.pins.find(({ id, purpose }) => (which === 'pin' ? id === ROLE_USER : purpose === 'unblock-only'));
  if (pin === undefined) return { minLength: 0, maxLength: 0 };
  const { retriesLeft, retriesTotal, isDefault } = await session.edge.pinStatus(pin.id);
  return {
    ...(retriesLeft === undefined ? {} : { retriesLeft }),
    ...(retriesTotal === undefined ? {} : { retriesTotal }),
    ...(isDefault === undefined ? {} : { isDefault }),
    minLength: pin.minBytes ?? 1,
    maxLength: pin.maxBytes ?? 8,
  };
}

/** 16 octets as a GUID; undefined for the zeros of a card that has none. */
function guidText(octets: Bytes): string | undefined {
  if (octets.every((octet) => octet === 0)) return undefined;
  return toHex(octets).replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5');
}

/** Up to four octets are a number, printed as such on the card; more are shown as they are. */
function serialText(octets: Bytes): string {
  return octets.length <= 4 ? String(octets.reduce((number, octet) => number * 256 + octet, 0)) : toHex(octets);
}

async function readSerial(session: CardSession): Promise<string | undefined> {
  try {
    return serialText(await session.card.CardGetProperty(CP_CARD_SERIAL_NO, 0));
  } catch (error) {
    if (answered(error, 'SCARD_E_UNSUPPORTED_FEATURE')) return undefined;
    throw error;
  }
}

/**
 * What the overview shows at first; places for retired keys are left to {@link readPlaces}. Spends no try, changes nothing.
 * @throws MinidriverError, CardEdgeError
 */
export async function readCard(session: CardSession, now: Date): Promise<CardSummary> {
  const { card, edge, familyCard } = session;
  const { fKeyGen } = await card.CardQueryCapabilities({ dwVersion: 1 });
  const readOnly = await card.CardGetProperty(CP_CARD_READ_ONLY, 0);
  const cardId = guidText(await card.CardGetProperty(CP_CARD_GUID, 0));
  const serial = await readSerial(session);
  const places = await readPlaces(session, now, 'main');
  const algorithm = await familyCard.managementAlgorithm();
  const isDefault = edge.pins.some(({ id }) => id === ROLE_ADMIN) ? (await edge.pinStatus(ROLE_ADMIN)).isDefault : undefined;
  return {
    name: (await edge.identity()).cardName,
    ...(cardId === undefined ? {} : { cardId }),
    ...(serial === undefined ? {} : { serial }),
    atr: toHex(session.channel.atr),
    pin: await readSecret(session, 'pin'),
    puk: await readSecret(session, 'puk'),
    managementKey: {
      ...(algorithm === undefined ? {} : { algorithm }),
      ...(isDefault === undefined ? {} : { isDefault }),
      // The card's own key is a random one: a card that tells of its factory key was not given one, whatever it stores.
      pinProtected: isDefault !== true && (await familyCard.managementKeyProtected()),
    },
    places,
    canGenerate: fKeyGen,
    readOnly,
  };
}
