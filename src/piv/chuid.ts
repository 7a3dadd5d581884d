import { type Bytes, bytes, concat } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { findTlv, readTlvs, writeTlv } from '../codec/tlv.ts';

/** Card Holder Unique Identifier (SP 800-73-4 part 1, 3.1.2 and table 9), read leniently: old and optional elements may stand in it. */
export interface Chuid {
  /** 25 bytes as they are on the card; see fascn.ts. */
  readonly fascN: Bytes | undefined;
  /** 16 bytes: the card's UUID. */
  readonly guid: Bytes;
  /** YYYYMMDD. */
  readonly expiry: string | undefined;
  readonly cardholderUuid: Bytes | undefined;
  /** CMS SignedData; empty on cards that their holder enrolled. */
  readonly signature: Bytes | undefined;
}

/** What a CHUID is made of; old elements (agency code, DUNS, buffer length, key map) are read and never written. */
export interface ChuidContent {
  readonly fascN: Bytes;
  readonly guid: Bytes;
  /** YYYYMMDD. */
  readonly expiry: string;
  readonly cardholderUuid?: Bytes;
  /** CMS SignedData over {@link chuidSignedOctets}; empty when left out. */
  readonly signature?: Bytes;
}

const SIGNATURE = 0x3e;

/** @throws CodecError `missing` without a GUID of 16 bytes */
export function parseChuid(content: Bytes): Chuid {
  const fields = readTlvs(content, { simpleTags: true });
  const guid = findTlv(fields, 0x34);
  if (guid?.length !== 16) throw new CodecError('missing', 'a CHUID without a GUID');
  const expiry = findTlv(fields, 0x35);
  const text = expiry === undefined ? undefined : String.fromCharCode(...expiry.subarray(0, 8));
  return {
    fascN: findTlv(fields, 0x30),
    guid,
    expiry: text !== undefined && /^\d{8}$/.test(text) ? text : undefined,
    cardholderUuid: findTlv(fields, 0x36),
    signature: findTlv(fields, SIGNATURE),
  };
}

/** @throws CodecError `bad-length`, `bad-value` */
export function encodeChuid(content: ChuidContent): Bytes {
  const { fascN, guid, expiry, cardholderUuid, signature } = content;
  if (fascN.length !== 25 || guid.length !== 16 || (cardholderUuid !== undefined && cardholderUuid.length !== 16))
    throw new CodecError('bad-length', 'an element of the CHUID has another length');
  if (!/^\d{8}$/.test(expiry)) throw new CodecError('bad-value', 'no date of the form YYYYMMDD');
  return concat(
    writeTlv(0x30, fascN),
    writeTlv(0x34, guid),
    writeTlv(0x35, bytes(Array.from(expiry, (c) => c.charCodeAt(0)))),
    ...(cardholderUuid === undefined ? [] : [writeTlv(0x36, cardholderUuid)]),
    writeTlv(SIGNATURE, signature ?? bytes(0)),
    writeTlv(0xfe),
  );
}

/**
 * What the issuer signs: every element as it stands but 3E (SP 800-73-4 part 1, 3.1.2.1), FE included; measured on the GSA's test cards, EE
 * is signed as well. @throws CodecError
 */
export function chuidSignedOctets(content: Bytes): Bytes {
  const parts: Bytes[] = [];
  let at = 0;
  for (const { tag, value } of readTlvs(content, { simpleTags: true })) {
    // Tag, length form as it stands, value: the length octets are not ours to shorten.
    const first = content[at + 1] ?? 0;
    const end = at + 2 + (first < 0x80 ? 0 : first & 0x7f) + value.length;
    if (tag !== SIGNATURE) parts.push(content.slice(at, end));
    at = end;
  }
  return concat(...parts);
}
