import type { Bytes } from '../../codec/bytes.ts';
import { authenticatedAs, buffer, dword, noFlags } from '../calls/checks.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import * as c from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import * as n from '../cardmod/names.ts';
import type { CardPropertyName, CardPropertyValues, PropertyRequest } from '../cardmod/properties-types.ts';
import * as s from '../cardmod/structures.ts';
import type { CardContext } from '../context.ts';
import { cardIdentifier } from '../files/file-contents.ts';
import { pinInfo, pinList } from '../pins/pin-info.ts';
import * as forms from './c-forms.ts';
import { checkRequest, checkRoom, propertyName } from './property-checks.ts';
import { cardCapabilities, freeSpace, keySizes } from './sizes.ts';

/** How one property is read: its value, its octet form in C, and the newest version where it is a structure. */
interface Reader<V> {
  /** dwFlags has a meaning of its own; else it is 0. */
  readonly flagged?: true;
  readonly newest?: number;
  /** Oldest version too: PIN_INFO has one version only. */
  readonly oldest?: number;
  get(context: CardContext, dwFlags: number): Promise<V> | V;
  encode(value: V): Bytes;
}

/** The role that dwFlags names. */
const role = (context: CardContext, dwFlags: number): s.PIN_INFO => pinInfo(context.edge, dwFlags);

/** dwFlags of the properties about algorithms. No session-key ciphers: no key injection (S707 4.5.4; CHOICES.md, asymmetric-names). */
function asymmetric(dwFlags: number): void {
  if (dwFlags === c.CARD_CIPHER_OPERATION) fail('SCARD_E_UNSUPPORTED_FEATURE', 'there are no ciphers');
  if (dwFlags !== c.CARD_ASYMMETRIC_OPERATION) fail('SCARD_E_INVALID_PARAMETER', 'one of the two kinds of operation');
}

const hasRsa = (context: CardContext): boolean => context.edge.capabilities.generatable().some((type) => type.kind === 'rsa');

/** S707 4.5.4, in the order of section 4.5.1. */
const READERS: { readonly [N in CardPropertyName]: Reader<CardPropertyValues[N]> } = {
  [n.CP_CARD_FREE_SPACE]: { newest: s.CARD_FREE_SPACE_INFO_CURRENT_VERSION, get: freeSpace, encode: forms.encodeFreeSpaceInfo },
  [n.CP_CARD_CAPABILITIES]: { newest: s.CARD_CAPABILITIES_CURRENT_VERSION, get: (x) => cardCapabilities(x.edge), encode: forms.encodeCapabilities },
  // 0 comes from old callers and means RSA (CHOICES.md, key-sizes-flag).
  [n.CP_CARD_KEYSIZES]: {
    flagged: true,
    newest: s.CARD_KEY_SIZES_CURRENT_VERSION,
    get: (x, dwFlags) => keySizes(x.edge, dwFlags === 0 ? c.AT_KEYEXCHANGE : dwFlags),
    encode: forms.encodeKeySizes,
  },
  [n.CP_CARD_READ_ONLY]: { get: (x) => x.edge.capabilities.readOnly, encode: forms.encodeBool },
  // A family that keeps cardcf lets the caller cache by its counters; else the card may change behind everybody's back (S707 7.5; CHOICES.md, cache-mode).
  [n.CP_CARD_CACHE_MODE]: {
    get: async (x) => ((await (await x.card()).readFile('cardcf')) === undefined ? c.CP_CACHE_MODE_NO_CACHE : c.CP_CACHE_MODE_GLOBAL_CACHE),
    encode: forms.encodeDword,
  },
  [n.CP_SUPPORTS_WIN_X509_ENROLLMENT]: {
    get: ({ edge: { capabilities: can } }) => !can.readOnly && (can.canGenerate || can.canImport),
    encode: forms.encodeBool,
  },
  [n.CP_CARD_GUID]: { get: cardIdentifier, encode: forms.encodeOctets },
  [n.CP_CARD_SERIAL_NO]: {
    get: async (x) => (await (await x.card()).identity()).serialNumber ?? fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card gives no serial number'),
    encode: forms.encodeOctets,
  },
  [n.CP_CARD_PIN_INFO]: {
    flagged: true,
    newest: s.PIN_INFO_CURRENT_VERSION,
    oldest: s.PIN_INFO_CURRENT_VERSION,
    get: role,
    encode: forms.encodePinInfo,
  },
  [n.CP_CARD_LIST_PINS]: { get: (x) => pinList(x.edge), encode: forms.encodeDword },
  [n.CP_CARD_AUTHENTICATED_STATE]: { get: async (x) => (await x.card()).authenticated & ~(1 << c.ROLE_EVERYONE), encode: forms.encodeDword },
  [n.CP_CARD_PIN_STRENGTH_VERIFY]: {
    flagged: true,
    get: (x, dwFlags) => {
      role(x, dwFlags);
      return c.CARD_PIN_STRENGTH_PLAINTEXT;
    },
    encode: forms.encodeDword,
  },
  [n.CP_KEY_IMPORT_SUPPORT]: { get: () => 0, encode: forms.encodeDword },
  [n.CP_ENUM_ALGORITHMS]: {
    flagged: true,
    get: (x, dwFlags) => {
      asymmetric(dwFlags);
      return hasRsa(x) ? ['RSA'] : fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card has no RSA');
    },
    encode: forms.encodeWideMultistring,
  },
  [n.CP_PADDING_SCHEMES]: {
    flagged: true,
    get: (x, dwFlags) => {
      asymmetric(dwFlags);
      return hasRsa(x) ? c.CARD_PADDING_PKCS1 | c.CARD_PADDING_PSS | c.CARD_PADDING_OAEP : fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card has no RSA');
    },
    encode: forms.encodeDword,
  },
  // The specification defines no flag for it; 1 is what callers were seen to pass (CHOICES.md, chaining-modes-flag).
  [n.CP_CHAINING_MODES]: {
    flagged: true,
    get: (_, dwFlags) => fail(dwFlags > 1 ? 'SCARD_E_INVALID_PARAMETER' : 'SCARD_E_UNSUPPORTED_FEATURE', 'there are no ciphers'),
    encode: forms.encodeWideMultistring,
  },
};

/** Properties that exist and that nothing can be read from here (CHOICES.md, pin-strength). */
const DEFINED_OTHERS: readonly string[] = [n.CP_CARD_PIN_STRENGTH_CHANGE, n.CP_CARD_PIN_STRENGTH_UNBLOCK];

async function read<V>(reader: Reader<V>, context: CardContext, dwFlags: number, request: PropertyRequest | undefined): Promise<V> {
  checkRequest(request, reader.newest, reader.oldest);
  if (reader.flagged !== true) noFlags(dwFlags);
  const value = await reader.get(context, dword(dwFlags, 'dwFlags'));
  checkRoom(request, reader.encode(value).length);
  return value instanceof Uint8Array ? (context.hand(value) as V) : value;
}

/** Values that the caller sets for the hint beside PIN entry on a reader. */
function checkPrompt(wszProperty: string, pbData: unknown): void {
  const windowIsWrong = wszProperty === n.CP_PARENT_WINDOW && pbData !== 0 && (typeof pbData !== 'object' || pbData === null);
  const textIsWrong = wszProperty === n.CP_PIN_CONTEXT_STRING && pbData !== null && typeof pbData !== 'string';
  if (windowIsWrong || textIsWrong) fail('SCARD_E_INVALID_PARAMETER', 'not a value for this property');
}

/** S707 4.5.4 and 4.5.5. */
export function propertyEntryPoints(context: CardContext): Pick<CardEntryPoints, 'CardGetProperty' | 'CardSetProperty'> {
  return {
    async CardGetProperty(wszProperty, dwFlags, pbData) {
      const name = propertyName(wszProperty);
      const reader = Object.hasOwn(READERS, name) ? READERS[wszProperty] : undefined;
      if (reader === undefined)
        fail(DEFINED_OTHERS.includes(name) ? 'SCARD_E_UNSUPPORTED_FEATURE' : 'SCARD_E_INVALID_PARAMETER', 'no such property to read');
      return read(reader, context, dwFlags, pbData);
    },

    async CardSetProperty(wszProperty, pbData, dwFlags) {
      const name = propertyName(wszProperty);
      if (pbData === undefined) fail('SCARD_E_INVALID_PARAMETER', 'pbData is missing');
      if (name === n.CP_PARENT_WINDOW || name === n.CP_PIN_CONTEXT_STRING) {
        noFlags(dwFlags);
        checkPrompt(name, pbData);
        if (name === n.CP_PARENT_WINDOW) context.parentWindow = pbData as object | 0;
        else context.pinContextString = pbData as string | null;
        return;
      }
      // All else is fixed by the card family (S707 4.5.5; CHOICES.md, settable-properties); of the card's identity it decides itself.
      if (name !== n.CP_CARD_GUID || context.edge.capabilities.readOnly) fail('SCARD_E_UNSUPPORTED_FEATURE', 'this property can not be set');
      noFlags(dwFlags);
      const identifier = buffer(pbData, 'pbData');
      if (identifier.length !== 16) fail('SCARD_E_INVALID_PARAMETER', 'an identifier has 16 bytes');
      const edge = await context.card();
      authenticatedAs(edge, c.ROLE_ADMIN);
      await edge.writeFile('cardid', identifier);
    },
  };
}
