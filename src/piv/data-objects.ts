import { type Bytes, bytes, concat, EMPTY, equal, wipe } from '../codec/bytes.ts';
import { readTlvs, writeTlv } from '../codec/tlv.ts';
import { certificateFacts } from '../crypto/certificate-facts.ts';
import { CodecError } from '../codec/errors.ts';
import { buildCertificateObject, CERTIFICATE_OBJECT_OVERHEAD, parseCertificateObject } from './certificate-object.ts';
import { type Discovery, parseDiscovery } from './card-objects.ts';
import { CardError, lenient, reasonOf } from './errors.ts';
import { parseKeyHistory, RETIRED_KEYS } from './key-history.ts';
import { KEY_REFERENCE } from './slots.ts';
import { GUARDED_TAGS, TAG } from './objects.ts';
import type { PivSession } from './session.ts';

const isBare = (tag: number): boolean => tag === TAG.DISCOVERY || tag === TAG.BIT_GROUP;

function tagList(tag: number): Bytes {
  const octets: number[] = [];
  for (let rest = tag; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return writeTlv(0x5c, bytes(octets));
}

/**
 * GET DATA (SP 800-73-4 part 2, 3.1.2): the content of an object, without its 53 (or 7E, 7F61). Undefined when the card has no such
 * object, does not know the tag, or keeps it empty.
 * @throws CardError `not-authenticated` for objects behind the PIN; `bad-answer`
 */
export async function getData(piv: PivSession, tag: number): Promise<Bytes | undefined> {
  const secret = GUARDED_TAGS.has(tag);
  const { data, sw } = await piv.ask(0xcb, 0x3f, 0xff, { data: tagList(tag), answer: true, secret });
  // 6A81, 6A86, 6A88: retired objects that a card does not implement at all.
  if (sw === 0x6a82 || sw === 0x6a81 || sw === 0x6a86 || sw === 0x6a88) return undefined;
  if (sw !== 0x9000) throw piv.refusal(sw, 0xcb, 0x3f, 0xff, reasonOf(sw), undefined, tag);
  try {
    return piv.parse(0xcb, () => {
      if (data.length === 0) return undefined;
      const [outer, trailing] = readTlvs(data, { maxCount: 2 });
      if (outer === undefined || trailing !== undefined) throw new CodecError('trailing', 'not one data object');
      if (outer.tag !== 0x53 && !(isBare(tag) && outer.tag === tag)) throw new CodecError('bad-tag', 'another data object came');
      return outer.value.length === 0 ? undefined : outer.value;
    });
  } finally {
    if (secret) wipe(data);
  }
}

/**
 * PUT DATA (SP 800-73-4 part 2, 3.3.1): replaces the whole content; an empty one removes the object. The card wants key 9B.
 * @throws CardError `too-large` before anything is sent, `bad-parameter` before the management key that a card keeps for itself is written over; `not-authenticated`, `card-full`
 */
export async function putData(piv: PivSession, tag: number, content: Bytes): Promise<void> {
  const { maxObjectBytes } = piv.profile;
  if (maxObjectBytes !== undefined && content.length > maxObjectBytes)
    throw new CardError('too-large', `${content.length} bytes are more than the ${maxObjectBytes} of an object`);
  // 88 begins what Yubico's tools keep there: a key may follow a key.
  if (tag === TAG.PRINTED && content[0] !== 0x88 && piv.profile.features.has('set-management-key')) {
    const admin = await getData(piv, TAG.ADMIN_DATA);
    if (admin !== undefined && (await import('./admin-data.ts')).claimsStoredKey(admin))
      throw new CardError('bad-parameter', 'the management key stands in the Printed Information object, and would be lost');
  }
  const secret = GUARDED_TAGS.has(tag);
  const object = writeTlv(isBare(tag) ? tag : 0x53, content);
  const data = concat(isBare(tag) ? EMPTY : tagList(tag), object);
  try {
    await piv.command(0xdb, 0x3f, 0xff, { data, secret });
  } finally {
    if (secret) wipe(object, data);
  }
}

/** As {@link putData}, then read back. @throws CardError `write-mismatch` when the card gives back something else */
export async function putAndCompare(piv: PivSession, tag: number, content: Bytes): Promise<void> {
  await putData(piv, tag, content);
  const stored = await getData(piv, tag);
  const same = content.length === 0 ? stored === undefined : stored !== undefined && equal(stored, content);
  if (GUARDED_TAGS.has(tag)) wipe(stored);
  if (!same) throw new CardError('write-mismatch', 'the card gives back something else than was written', { cla: 0, ins: 0xcb, p1: 0x3f, p2: 0xff });
}

/** The certificate in an object, DER; undefined when there is none. @throws CardError `bad-answer` when the object is malformed */
export async function readCertificate(piv: PivSession, tag: number): Promise<Bytes | undefined> {
  const content = await getData(piv, tag);
  if (content === undefined) return undefined;
  try {
    return await parseCertificateObject(content);
  } catch (cause) {
    if (cause instanceof CodecError) throw new CardError('bad-answer', 'a malformed certificate object', { cla: 0, ins: 0xcb, cause });
    throw cause;
  }
}

/** Largest certificate one object takes uncompressed, in bytes of DER. A plain card promises 1856 (SP 800-73-4 part 1, table 10). */
export function maxCertificateBytes(piv: PivSession): number {
  const { maxObjectBytes } = piv.profile;
  return maxObjectBytes === undefined ? 1856 : maxObjectBytes - CERTIFICATE_OBJECT_OVERHEAD;
}

/**
 * Content of the object for a certificate; one that is too large is compressed, as the standard wants. Nothing is sent.
 * @throws CardError `bad-parameter` when it is no certificate, `too-large` when it does not fit even compressed
 */
export async function certificateContent(piv: PivSession, der: Bytes): Promise<Bytes> {
  try {
    certificateFacts(der);
  } catch (cause) {
    throw new CardError('bad-parameter', 'these bytes are no X.509 certificate', { cause });
  }
  const limit = maxCertificateBytes(piv) + CERTIFICATE_OBJECT_OVERHEAD;
  let content = await buildCertificateObject(der, false);
  if (content.length > limit) content = await buildCertificateObject(der, true);
  if (content.length > limit) throw new CardError('too-large', `the certificate needs ${content.length} bytes, one object takes ${limit}`);
  return content;
}

/**
 * Writes a certificate and reads it back; `undefined` removes it. Key 9B has to be authenticated.
 * @throws CardError as {@link certificateContent} before anything is sent; `not-authenticated`, `card-full`, `write-mismatch`
 */
export async function writeCertificate(piv: PivSession, tag: number, der: Bytes | undefined): Promise<void> {
  await putAndCompare(piv, tag, der === undefined ? bytes(0) : await certificateContent(piv, der));
}

/** The discovery object; undefined when absent. */
export async function readDiscovery(piv: PivSession): Promise<Discovery | undefined> {
  const content = await getData(piv, TAG.DISCOVERY);
  if (content === undefined) return undefined;
  return piv.parse(0xcb, () => parseDiscovery(content));
}

/**
 * Reference of the PIN to ask for: 00 when both PINs may be used and the Global PIN is primary, else 80 (fact sheet, minidriver 10.2).
 * Cards that answer GET VERSION never have a Global PIN, so they are not asked; a discovery object that can't be read counts as none.
 */
export async function pinReference(piv: PivSession): Promise<number> {
  if (piv.pinReference === undefined) {
    adoptDiscovery(piv, piv.profile.version === undefined ? await lenient(() => readDiscovery(piv)) : undefined);
  }
  return piv.pinReference ?? KEY_REFERENCE.PIV_PIN;
}

/** Takes the PIN's reference from a discovery object that was read anyway; undefined = the card has none. */
export function adoptDiscovery(piv: PivSession, discovery: Discovery | undefined): void {
  const global = discovery !== undefined && (discovery.usagePolicy & 0x60) === 0x60 && (discovery.primary & 0x20) !== 0;
  piv.pinReference = global ? KEY_REFERENCE.GLOBAL_PIN : KEY_REFERENCE.PIV_PIN;
}

/** How many retired keys are on the card, by the key history object (SP 800-73-4 part 1, 3.3.3); undefined when it is absent. */
export async function retiredKeysOnCard(piv: PivSession): Promise<number | undefined> {
  const content = await getData(piv, TAG.KEY_HISTORY);
  if (content === undefined) return undefined;
  return Math.min(piv.parse(0xcb, () => parseKeyHistory(content)).onCard, RETIRED_KEYS);
}
