import type { TemplateResult } from 'lit';
import type { EnrollmentState, EnrollmentStateKind } from '../../../app/enrollment/state.ts';
import { cardMute, chooseSlot, insertCard, reading, unknownCard } from './card.ts';
import { chooseKey } from './choose-key.ts';
import type { Screen, ScreenContext } from './context.ts';
import { cancelled, certificateReady, done, failed } from './end.ts';
import { overview } from './overview.ts';
import { confirmOverwrite } from './overwrite.ts';
import { pinOnReader } from './on-reader.ts';
import { checkingPin, enterPin, managementKey } from './permission.ts';
import { chooseReader, looking, noReader, openingReader, readerDenied, start, unsupported } from './reader.ts';
import { bringCertificate, requestReady } from './request.ts';
import { changeSecret, changingSecret } from './secret.ts';
import { generating, issuing, provisioning, signing, verifying, writing } from './working.ts';

/** One screen for each state; the type makes a missing one a compile error. */
const SCREENS: { readonly [Kind in EnrollmentStateKind]: Screen<Kind> } = {
  start,
  'looking-for-readers': looking,
  unsupported,
  'no-reader': noReader,
  'choose-reader': chooseReader,
  'reader-denied': readerDenied,
  'opening-reader': openingReader,
  'choose-slot': chooseSlot,
  'insert-card': insertCard,
  'card-mute': cardMute,
  'unknown-card': unknownCard,
  reading,
  overview,
  'change-secret': changeSecret,
  'changing-secret': changingSecret,
  'choose-key': chooseKey,
  'confirm-overwrite': confirmOverwrite,
  'management-key': managementKey,
  'enter-pin': enterPin,
  'checking-pin': checkingPin,
  'pin-on-reader': pinOnReader,
  provisioning,
  generating,
  signing,
  'request-ready': requestReady,
  issuing,
  'bring-certificate': bringCertificate,
  'certificate-ready': certificateReady,
  writing,
  verifying,
  done,
  failed,
  cancelled,
};

export function screenOf(context: ScreenContext, state: EnrollmentState): TemplateResult {
  const screen = SCREENS[state.kind] as (context: ScreenContext, state: EnrollmentState) => TemplateResult;
  return screen(context, state);
}
