import type { EnrollmentState, EnrollmentStateKind } from '../../src/app/enrollment/state.ts';
import * as sample from './enroll-samples.ts';

/** A state by name, and what the embedding page sets for it. */
export interface Sample {
  readonly name: string;
  readonly state: EnrollmentState;
  readonly fixedSubject?: boolean;
}

type Variants<Kind extends EnrollmentStateKind> = Readonly<Record<string, Extract<EnrollmentState, { readonly kind: Kind }>>>;

const demonstration = { id: 'demonstration', demonstration: true };
const corporate = { id: 'Example corporate issuing authority G2', demonstration: false };
const { authentication, signature, management, request, certificate, simulatedReader, realReader, longReader } = sample;
const reader = simulatedReader;
const plan = { containerIndex: 0, key: { kind: 'generate', keyType: 'P-256' }, subject: certificate.subject, email: 'ada@example.com' } as const;
const options = sample.freshCard.places.map((place) => ({
  place,
  keyTypes: place.purpose === 'card-authentication' ? [] : (['P-256', 'RSA-2048', 'P-384', 'RSA-3072', 'RSA-4096'] as const),
  recommendedKeyType: 'P-256' as const,
  canUseExistingKey: false,
}));
const crowdedOptions = sample.crowdedCard.places.map((place) => ({
  place,
  keyTypes: ['RSA-2048', 'P-256'] as const,
  recommendedKeyType: 'RSA-2048' as const,
  canUseExistingKey: place.hasKey,
}));
const pinPrompt = {
  ways: ['page'],
  uses: ['create-key', 'sign-request', 'write-certificate', 'test-signature'],
  sends: 1,
  place: authentication,
  retriesLeft: 3,
  retriesTotal: 3,
  lastTry: false,
  minLength: 6,
  maxLength: 8,
} as const;
const secrets = { card: sample.freshCard, ways: ['page'], lastTry: false } as const;
const entry = { purpose: 'unlock', place: authentication, minLength: 6, maxLength: 8, retriesLeft: 3, retriesTotal: 3, lastTry: false } as const;
const unchanged = { key: 'unchanged', certificate: 'unchanged', resumable: false } as const;

/** At least one sample for each member of the union: a missing one is a compile error. */
const SAMPLES: { readonly [Kind in EnrollmentStateKind]: Variants<Kind> } = {
  start: { plain: { kind: 'start' } },
  'looking-for-readers': { plain: { kind: 'looking-for-readers' } },
  unsupported: {
    'no webusb': { kind: 'unsupported', verdict: { reason: 'no-webusb', reachable: false, remedies: ['use-chromium', 'simulated-reader'] } },
    'frame policy': {
      kind: 'unsupported',
      verdict: { reason: 'permissions-policy', reachable: false, remedies: ['allow-usb-in-frame', 'simulated-reader'] },
    },
    insecure: { kind: 'unsupported', verdict: { reason: 'insecure-context', reachable: false, remedies: ['use-https'] } },
  },
  'no-reader': {
    plain: { kind: 'no-reader', canRequest: true, nothingChosen: false, ordinaryPage: true },
    dismissed: { kind: 'no-reader', canRequest: true, nothingChosen: true, ordinaryPage: false },
    'no chooser': { kind: 'no-reader', canRequest: false, nothingChosen: false, ordinaryPage: false },
  },
  'choose-reader': {
    one: {
      kind: 'choose-reader',
      canRequest: true,
      nothingChosen: false,
      readers: [{ info: reader, verdict: { reason: 'ready', reachable: true, remedies: [] } }],
    },
    many: {
      kind: 'choose-reader',
      canRequest: true,
      nothingChosen: true,
      readers: [
        { info: realReader, verdict: { reason: 'ready', reachable: true, remedies: [] } },
        {
          info: longReader,
          verdict: { reason: 'protected-class', reachable: false, remedies: ['isolated-web-app', 'vendor-class-reader', 'simulated-reader'] },
        },
        { info: { ...realReader, id: 'usb-3', serialNumber: '60400C76' } },
        {
          info: { id: 'usb-4', name: 'قارئ البطاقات الذكية', simulated: false },
          verdict: { reason: 'in-use', reachable: false, remedies: ['stop-pcscd', 'close-other-page', 'replug'] },
        },
        { info: reader, verdict: { reason: 'ready', reachable: true, remedies: [] } },
      ],
    },
  },
  'reader-denied': {
    protected: {
      kind: 'reader-denied',
      reader: longReader,
      canRequest: true,
      verdict: { reason: 'protected-class', reachable: false, remedies: ['isolated-web-app', 'vendor-class-reader', 'simulated-reader'] },
    },
    'open refused': {
      kind: 'reader-denied',
      reader: realReader,
      canRequest: false,
      verdict: { reason: 'open-refused', reachable: false, remedies: ['udev-rule', 'close-other-page', 'replug'] },
    },
  },
  'opening-reader': { plain: { kind: 'opening-reader', reader } },
  'choose-slot': {
    two: {
      kind: 'choose-slot',
      reader: realReader,
      slots: [
        { index: 0, cardPresent: false },
        { index: 1, cardPresent: true },
      ],
    },
    eight: { kind: 'choose-slot', reader: realReader, slots: Array.from({ length: 8 }, (_, index) => ({ index, cardPresent: index % 2 === 0 })) },
  },
  'insert-card': {
    plain: { kind: 'insert-card', reader, slotIndex: 0 },
    'second slot': { kind: 'insert-card', reader: longReader, slotIndex: 1 },
  },
  'card-mute': { plain: { kind: 'card-mute', reader: realReader } },
  'unknown-card': { plain: { kind: 'unknown-card', reader: realReader, atr: sample.plainCard.atr } },
  reading: { plain: { kind: 'reading', reader } },
  overview: {
    fresh: { kind: 'overview', reader, card: sample.freshCard },
    crowded: { kind: 'overview', reader: longReader, card: sample.crowdedCard },
    'read only': { kind: 'overview', reader: realReader, card: sample.plainCard },
    'pin changed': { kind: 'overview', reader, card: sample.freshCard, notice: 'pin-changed' },
    'all blocked': {
      kind: 'overview',
      reader,
      card: { ...sample.freshCard, pin: { ...sample.freshCard.pin, retriesLeft: 0 }, puk: { ...sample.freshCard.puk, retriesLeft: 0 } },
    },
    'pin blocked': { kind: 'overview', reader, card: { ...sample.freshCard, pin: { ...sample.freshCard.pin, retriesLeft: 0 } } },
  },
  'change-secret': {
    pin: { kind: 'change-secret', task: 'change-pin', ...secrets },
    'pin on the reader': { kind: 'change-secret', task: 'change-pin', ...secrets, ways: ['reader', 'page'], mistake: sample.entriesDiffer },
    'puk, wrong': { kind: 'change-secret', task: 'change-puk', ...secrets, mistake: { ...sample.wrongPin, retriesLeft: 2 } },
    'unblock, last try': { kind: 'change-secret', task: 'unblock-pin', ...secrets, lastTry: true },
  },
  'changing-secret': { plain: { kind: 'changing-secret', task: 'change-pin' } },
  'choose-key': {
    fresh: { kind: 'choose-key', card: sample.freshCard, options, mistakes: [] },
    mistakes: { kind: 'choose-key', card: sample.freshCard, options, mistakes: ['subject-empty', 'upn-malformed', 'email-malformed'] },
    crowded: {
      kind: 'choose-key',
      card: sample.crowdedCard,
      options: crowdedOptions,
      plan: { ...plan, key: { kind: 'existing' }, containerIndex: 2 },
      mistakes: ['subject-malformed'],
    },
    nothing: {
      kind: 'choose-key',
      card: sample.plainCard,
      options: sample.plainCard.places.map((place) => ({ place, keyTypes: [], canUseExistingKey: false })),
      mistakes: [],
    },
  },
  'confirm-overwrite': {
    decryption: { kind: 'confirm-overwrite', plan, warning: { place: management, decryptionKey: true, certificate } },
    'no certificate': { kind: 'confirm-overwrite', plan, warning: { place: { ...authentication, hasKey: true }, decryptionKey: false } },
    'long name': { kind: 'confirm-overwrite', plan, warning: { place: signature, decryptionKey: false, certificate: sample.longCertificate } },
  },
  'management-key': {
    default: { kind: 'management-key', place: authentication, prompt: { modes: ['default', 'typed'], algorithm: 'AES-192', keyBytes: 24 } },
    typed: {
      kind: 'management-key',
      place: authentication,
      prompt: { modes: ['typed'], algorithm: 'AES-256', keyBytes: 32, mistake: sample.wrongManagementKey },
    },
    protected: {
      kind: 'management-key',
      place: authentication,
      prompt: { modes: ['pin-protected', 'typed', 'default'], mistake: sample.wrongManagementKey },
    },
  },
  'enter-pin': {
    first: { kind: 'enter-pin', prompt: pinPrompt },
    wrong: { kind: 'enter-pin', prompt: { ...pinPrompt, retriesLeft: 2, mistake: sample.wrongPin } },
    'last try': {
      kind: 'enter-pin',
      prompt: {
        ...pinPrompt,
        place: signature,
        retriesLeft: 1,
        lastTry: true,
        sends: 3,
        uses: ['read-management-key', 'sign-request'],
        mistake: { ...sample.wrongPin, retriesLeft: 1 },
      },
    },
    'on the reader': { kind: 'enter-pin', prompt: { ...pinPrompt, ways: ['reader', 'page'] } },
    'on the reader, timed out': {
      kind: 'enter-pin',
      prompt: { ...pinPrompt, ways: ['reader', 'page'], place: signature, sends: 3, mistake: sample.entryTimeout },
    },
    'on the reader, last try': {
      kind: 'enter-pin',
      prompt: { ...pinPrompt, ways: ['reader', 'page'], retriesLeft: 1, lastTry: true, mistake: { ...sample.wrongPin, retriesLeft: 1 } },
    },
    'tries unknown': {
      kind: 'enter-pin',
      prompt: { ways: ['page'], uses: ['sign-request'], sends: 2, place: signature, lastTry: false, minLength: 6, maxLength: 6 },
    },
  },
  'pin-on-reader': {
    unlock: { kind: 'pin-on-reader', waiting: true, prompt: entry },
    change: { kind: 'pin-on-reader', waiting: true, prompt: { purpose: 'change-pin', minLength: 6, maxLength: 8, lastTry: false } },
    'once more': { kind: 'pin-on-reader', waiting: true, prompt: { ...entry, purpose: 'test-signature', place: signature } },
    'given up': { kind: 'pin-on-reader', waiting: false, prompt: { ...entry, purpose: 'sign-request', place: signature } },
    'last try': {
      kind: 'pin-on-reader',
      waiting: false,
      prompt: { ...entry, purpose: 'sign-request', place: signature, retriesLeft: 1, lastTry: true, mistake: { ...sample.wrongPin, retriesLeft: 1 } },
    },
  },
  'checking-pin': { plain: { kind: 'checking-pin', place: authentication } },
  provisioning: { plain: { kind: 'provisioning', place: authentication } },
  generating: {
    plain: { kind: 'generating', place: authentication, keyType: 'P-256', waiting: 'no' },
    'slow RSA': { kind: 'generating', place: signature, keyType: 'RSA-4096', waiting: 'card' },
    touch: { kind: 'generating', place: signature, keyType: 'P-256', waiting: 'touch' },
  },
  signing: {
    plain: { kind: 'signing', place: authentication, subject: certificate.subject, waiting: 'no' },
    touch: { kind: 'signing', place: authentication, subject: sample.longCertificate.subject, waiting: 'touch' },
  },
  'request-ready': {
    demonstration: { kind: 'request-ready', request, authorities: [demonstration] },
    none: { kind: 'request-ready', request, authorities: [] },
    both: { kind: 'request-ready', request, authorities: [corporate, demonstration] },
    refused: { kind: 'request-ready', request, authorities: [demonstration], mistake: sample.refusedByAuthority },
    'other key': { kind: 'request-ready', request, authorities: [demonstration], mistake: sample.otherKey },
  },
  issuing: { plain: { kind: 'issuing', request, authority: demonstration } },
  'bring-certificate': {
    plain: { kind: 'bring-certificate', card: sample.freshCard },
    'other key': { kind: 'bring-certificate', card: sample.freshCard, mistake: sample.otherKey },
  },
  'certificate-ready': {
    demonstration: { kind: 'certificate-ready', place: authentication, request, certificate, warnings: ['demonstration-authority'] },
    clean: { kind: 'certificate-ready', place: signature, certificate, warnings: [] },
    'all warnings': {
      kind: 'certificate-ready',
      place: authentication,
      request,
      certificate: sample.expiredCertificate,
      warnings: ['expired', 'not-yet-valid', 'subject-differs', 'issuer-unknown', 'key-usage-unfit', 'no-client-authentication'],
    },
  },
  writing: { plain: { kind: 'writing', place: authentication, certificate } },
  verifying: { touch: { kind: 'verifying', place: authentication, certificate, waiting: 'touch' } },
  done: {
    simulated: {
      kind: 'done',
      result: {
        place: authentication,
        certificate,
        certificateDer: new Uint8Array([0x30, 0]),
        cardName: sample.freshCard.name,
        cardSerial: '17 482 316',
        simulated: true,
      },
    },
    'long name': {
      kind: 'done',
      result: {
        place: signature,
        certificate: sample.longCertificate,
        certificateDer: new Uint8Array([0x30, 0]),
        cardName: sample.crowdedCard.name,
        simulated: false,
      },
    },
  },
  failed: {
    'card removed': {
      kind: 'failed',
      problem: sample.cardRemoved,
      during: 'request',
      request,
      balance: { key: 'replaced', certificate: 'stale', place: management, lostCertificate: certificate, resumable: true },
    },
    nothing: { kind: 'failed', problem: { ...sample.cardRemoved, cardState: 'unchanged' }, during: 'card', balance: unchanged },
    unknown: {
      kind: 'failed',
      problem: { ...sample.cardRemoved, cardState: 'key-unknown' },
      during: 'request',
      balance: { key: 'unknown', certificate: 'unknown', place: signature, resumable: false },
    },
  },
  cancelled: {
    nothing: { kind: 'cancelled', balance: unchanged },
    'after the key': {
      kind: 'cancelled',
      balance: { key: 'replaced', certificate: 'stale', place: management, lostCertificate: sample.longCertificate, resumable: true },
      request,
    },
  },
};

export const samples: readonly Sample[] = [
  ...Object.entries(SAMPLES).flatMap(([kind, variants]) =>
    Object.entries(variants as Readonly<Record<string, EnrollmentState>>).map(([variant, state]) => ({ name: `${kind}: ${variant}`, state })),
  ),
  { name: 'choose-key: fixed by the page', state: SAMPLES['choose-key']['fresh'] ?? { kind: 'start' }, fixedSubject: true },
];

/** A sample by its name. */
export function sampleOf(name: string): Sample {
  const found = samples.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no sample ${name}`);
  return found;
}
