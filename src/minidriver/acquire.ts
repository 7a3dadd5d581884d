import { type Clock, systemClock } from '../codec/clock.ts';
import { type RandomSource, systemRandom } from '../codec/random.ts';
import { noTrace, type Trace } from '../codec/trace.ts';
import { dword } from './calls/checks.ts';
import { later } from './calls/later.ts';
import { traced } from './calls/trace.ts';
import { Turns } from './calls/turns.ts';
import { Writes } from './calls/writes.ts';
import type { EdgePinPad, ManagementKeyProvider, OpenEdge } from './card-edge.ts';
import { type CARD_DATA, type CardEntryPoints, type EntryPointName, ENTRY_POINT_VERSIONS } from './cardmod/card-data.ts';
import * as c from './cardmod/constants.ts';
import { type Doing, fail, minidriverError } from './cardmod/error.ts';
import { containerEntryPoints } from './containers/containers.ts';
import { CardContext } from './context.ts';
import { fileEntryPoints } from './files/files.ts';
import { keyInjectionEntryPoints } from './keys/key-injection.ts';
import { authenticationEntryPoints } from './pins/authenticate.ts';
import type { PinEntryNotice } from './pins/pin-entry.ts';
import { containerPropertyEntryPoints } from './properties/container-properties.ts';

export interface CardModuleOptions {
  /** Asked for when a card wants its administration key for what the user has asked for. */
  readonly managementKey?: () => ManagementKeyProvider | undefined;
  readonly trace?: Trace;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  /** The reader's PIN pad: CardAuthenticateEx without a PIN asks for it there (S707 4.2.6). */
  readonly pinPad?: EdgePinPad;
  /** Told when a person has to look at the reader, and never in a silent call. */
  readonly onPinEntry?: PinEntryNotice;
  /** Called while a key is being made and the card asks for more time. */
  readonly onWaiting?: () => void;
}

/** A minidriver for the card families that `openEdge` knows. */
export interface CardModule<Handle> {
  /**
   * Opens a context for the card behind `pCardData.hScard` and fills in its 44 entry points, those of the negotiated version
   * (S707 2.5, 4.1.1). dwFlags is 0; the no-card mode (1) is not supported.
   * @throws MinidriverError SCARD_E_INVALID_PARAMETER, SCARD_E_UNSUPPORTED_FEATURE, ERROR_REVISION_MISMATCH, SCARD_E_INVALID_HANDLE,
   * SCARD_E_UNKNOWN_CARD, or what the transport said
   */
  CardAcquireContext(pCardData: CARD_DATA<Handle>, dwFlags: number): Promise<void>;
}

/** Shortest and longest ATR (ISO 7816-3, 8.1), less the two-byte one that the certification kit calls invalid (CHOICES.md, atr-lengths). */
const MIN_ATR_BYTES = 3;
const MAX_ATR_BYTES = 33;

/** What needs no card (S707 4.1.1; certification kit; CHOICES.md, no-card-mode). Answers the version of the context. */
function checkCardData<Handle>(pCardData: CARD_DATA<Handle> | null | undefined, dwFlags: unknown): number {
  if (typeof pCardData !== 'object' || pCardData === null) fail('SCARD_E_INVALID_PARAMETER', 'pCardData is missing');
  const flags = dword(dwFlags, 'dwFlags');
  if (flags > c.CARD_SECURE_KEY_INJECTION_NO_CARD_MODE) fail('SCARD_E_INVALID_PARAMETER', 'an undefined flag is set');
  if (flags === c.CARD_SECURE_KEY_INJECTION_NO_CARD_MODE) fail('SCARD_E_UNSUPPORTED_FEATURE', 'there is no secure key injection');
  const version = dword(pCardData.dwVersion, 'dwVersion');
  if (version < c.CARD_DATA_VERSION_FOUR) fail('ERROR_REVISION_MISMATCH', 'the oldest version is 4');
  const { pbAtr, pwszCardName } = pCardData;
  if (!(pbAtr instanceof Uint8Array) || pbAtr.length < MIN_ATR_BYTES || pbAtr.length > MAX_ATR_BYTES)
    fail('SCARD_E_INVALID_PARAMETER', 'pbAtr is not an ATR');
  if (typeof pwszCardName !== 'string') fail('SCARD_E_INVALID_PARAMETER', 'pwszCardName is missing');
  for (const callback of [pCardData.pfnCspAlloc, pCardData.pfnCspReAlloc, pCardData.pfnCspFree]) {
    if (typeof callback !== 'function') fail('SCARD_E_INVALID_PARAMETER', 'a memory callback is missing');
  }
  for (const handle of [pCardData.hSCardCtx, pCardData.hScard] as unknown[]) {
    if (handle === null || handle === undefined || handle === 0) fail('SCARD_E_INVALID_HANDLE', 'a handle is missing');
  }
  if (pbAtr[0] !== 0x3b && pbAtr[0] !== 0x3f) fail('SCARD_E_UNKNOWN_CARD', 'no ATR of a card');
  return Math.min(version, c.CARD_DATA_CURRENT_VERSION);
}

/** What an entry point does, where a failure of the card means another code then. */
function doing(name: EntryPointName): Doing {
  if (/^Card\w+File/.test(name)) return name === 'CardCreateFile' ? 'other' : 'file';
  if (/^CardAuthenticate/.test(name)) return 'authenticate';
  return /^Card(?:Change|Unblock)/.test(name) ? 'change' : 'other';
}

/** The entry points of a context, unguarded; null where the interface wants NULL (S707 4.7.1 to 4.7.4). */
function entryPoints(context: CardContext): Omit<CardEntryPoints, 'CardDeleteContext'> {
  const types = context.edge.capabilities.generatable();
  const only = (kind: 'rsa' | 'ec'): boolean => types.length > 0 && types.every((type) => type.kind === kind);
  const none = { CardConstructDHAgreement: null, CardDeriveKey: null, CardDestroyDHAgreement: null };
  return {
    ...authenticationEntryPoints(context),
    ...containerEntryPoints(context),
    ...containerPropertyEntryPoints(context),
    ...fileEntryPoints(context),
    ...keyInjectionEntryPoints(),
    ...later(['CardChangeAuthenticator', 'CardChangeAuthenticatorEx', 'CardUnblockPin'], async () =>
      (await import('./pins/change-pins.ts')).changeEntryPoints(context),
    ),
    ...later(['CardCreateContainer', 'CardCreateContainerEx', 'CardDeleteContainer'], async () =>
      (await import('./containers/container-writes.ts')).containerWriteEntryPoints(context),
    ),
    ...later(['CardCreateDirectory', 'CardDeleteDirectory', 'CardCreateFile', 'CardWriteFile', 'CardDeleteFile'], async () =>
      (await import('./files/file-writes.ts')).fileWriteEntryPoints(context),
    ),
    ...later(['CardAuthenticatePin', 'CardDeauthenticate'], async () => (await import('./pins/user-names.ts')).userNameEntryPoints(context)),
    ...later(['CardGetChallenge', 'CardGetChallengeEx', 'CardAuthenticateChallenge'], async () =>
      (await import('./pins/challenges.ts')).challengeEntryPoints(context),
    ),
    ...later(['CardSetContainerProperty'], async () =>
      (await import('./properties/container-property-writes.ts')).containerPropertyWriteEntryPoints(context),
    ),
    ...later(['CardEnumFiles', 'CardGetFileInfo'], async () => (await import('./files/file-lists.ts')).fileListEntryPoints(context)),
    ...later(['CardGetProperty', 'CardSetProperty'], async () => (await import('./properties/properties.ts')).propertyEntryPoints(context)),
    ...later(['CardQueryCapabilities', 'CardQueryFreeSpace', 'CardQueryKeySizes'], async () =>
      (await import('./properties/sizes.ts')).sizeEntryPoints(context),
    ),
    ...later(['CardSignData'], async () => (await import('./keys/sign.ts')).signEntryPoints(context)),
    ...(only('ec')
      ? { CardRSADecrypt: null }
      : later(['CardRSADecrypt'], async () => (await import('./keys/decrypt.ts')).decryptEntryPoints(context))),
    ...(only('rsa')
      ? none
      : later(['CardConstructDHAgreement', 'CardDeriveKey', 'CardDestroyDHAgreement'], async () =>
          (await import('./keys/agreement.ts')).agreementEntryPoints(context),
        )),
  };
}

/** The minidriver over a card family (S707; design: minidriver shape). How C's parameters are given is told at CardEntryPoints. */
export function createCardModule<Handle>(openEdge: OpenEdge<Handle>, options: CardModuleOptions = {}): CardModule<Handle> {
  const clock = options.clock ?? systemClock;
  const watch = { clock, trace: options.trace ?? noTrace };
  const random = options.random ?? systemRandom;
  /** Contexts with one transaction share its turns: the exchanges of two calls never mix. */
  const turnsOf = new WeakMap<object, Turns>();
  const writes = new Writes();
  const inTurn = <T>(handle: unknown, body: () => Promise<T>): Promise<T> => {
    if (typeof handle !== 'object' || handle === null) return body();
    const turns = turnsOf.get(handle) ?? new Turns();
    turnsOf.set(handle, turns);
    return turns.run(body);
  };

  async function acquire(pCardData: CARD_DATA<Handle>, dwFlags: number): Promise<void> {
    const dwVersion = checkCardData(pCardData, dwFlags);
    const { hScard, pbAtr } = pCardData;
    // Only who records wants to know what a call is about.
    const detailOf = options.trace === undefined ? undefined : (await import('./calls/call-detail.ts')).callDetail;
    const edge = await inTurn(hScard, () =>
      openEdge(hScard, {
        atr: pbAtr,
        ...(options.managementKey === undefined ? {} : { managementKey: options.managementKey }),
        ...(options.pinPad === undefined ? {} : { pinPad: options.pinPad }),
      }),
    );
    const context = new CardContext<Handle>(pCardData, edge, dwVersion, {
      random,
      ...(options.onWaiting === undefined ? {} : { onWaiting: options.onWaiting }),
      ...(options.onPinEntry === undefined ? {} : { onPinEntry: options.onPinEntry }),
    });
    const turns = new Turns();
    let known = writes.count;
    writes.left = undefined;
    /** What this context believes of the card is of no use once another one has written or gone (CHOICES.md, several-contexts). */
    const refresh = async (): Promise<void> => {
      if (writes.left !== undefined && writes.left !== context) {
        await (await context.card()).reselect?.();
        writes.left = undefined;
      }
      if (known === writes.count) return;
      edge.forget?.();
      for (const container of writes.since(known)) context.usages.delete(container);
      known = writes.count;
    };

    const guarded =
      (name: EntryPointName, body: (...parameters: unknown[]) => Promise<unknown>) =>
      (...parameters: unknown[]) =>
        turns.run(() =>
          traced(watch, name, detailOf?.(name, parameters), async () => {
            if (context.deleted) fail('SCARD_E_INVALID_PARAMETER', 'the context is deleted');
            try {
              if (name === 'CardDeleteContext') return await body();
              return await inTurn(pCardData.hScard, async () => {
                await refresh();
                try {
                  const result = await body(...parameters);
                  // Whoever has proven a role has selected the application.
                  if (writes.left === context && name.startsWith('CardAuthenticate')) writes.left = undefined;
                  return result;
                } finally {
                  if (writes.note(context, name, parameters)) known = writes.count;
                }
              });
            } catch (error) {
              throw minidriverError(error, doing(name));
            }
          }),
        );

    const bodies: CardEntryPoints = {
      ...entryPoints(context),
      async CardDeleteContext() {
        context.delete();
        pCardData.pvVendorSpecific = null;
      },
    };
    const members: Partial<Record<EntryPointName, unknown>> = {};
    for (const name of Object.keys(bodies) as EntryPointName[]) {
      if (ENTRY_POINT_VERSIONS[name] > dwVersion) continue;
      const body = bodies[name] as ((...parameters: unknown[]) => Promise<unknown>) | null;
      members[name] = body === null ? null : guarded(name, body);
    }
    Object.assign(pCardData, members, { dwVersion, pvVendorSpecific: Object.freeze({ family: edge.family }) });
  }

  return {
    CardAcquireContext: (pCardData, dwFlags) =>
      traced(watch, 'CardAcquireContext', undefined, async () => {
        try {
          await acquire(pCardData, dwFlags);
        } catch (error) {
          throw minidriverError(error, 'other');
        }
      }),
  };
}
