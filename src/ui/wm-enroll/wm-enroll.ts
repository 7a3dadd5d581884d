import { type CSSResultGroup, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit';
import type { CertificateAuthority } from '../../app/certificate-authority.ts';
import {
  type EnrollmentFlow,
  type EnrollmentState,
  type EnrollmentStep,
  type OverwriteWarning,
  type RequestSubject,
  stepOf,
} from '../../app/enrollment/state.ts';
import type { ReaderInfo } from '../../app/index.ts';
import type { SourceOptions } from '../../app/sources.ts';
import { copy } from '../../codec/bytes.ts';
import type { Catalogue } from '../messages/catalogue.ts';
import { enroll } from '../messages/en/enroll.ts';
import { shared } from '../messages/en/shared.ts';
import { elementStyles, icon, ScreenFocus, simulatedBadge, WmElement } from '../parts/index.ts';
import { enrollEvent, type WmEnrollEventMap } from './events.ts';
import { EnrollmentHost } from './flow-host.ts';
import { KeyForm } from './key-form.ts';
import type { Draft, ScreenContext } from './screens/context.ts';
import { screenOf } from './screens/index.ts';
import { emptySecrets } from './secrets.ts';
import { stepList } from './steps.ts';
import { canStop, stopDialog, stopNeedsAsking } from './stop.ts';
import { styles } from './wm-enroll.styles.ts';

export type * from './events.ts';

function emptyDraft(): Draft {
  return { revealed: false, mistakes: {}, vetoed: false };
}

/**
 * Enrolls a certificate on a smart card, from connecting the reader to the test signature.
 *
 * Words follow the nearest `lang` attribute (English, German). Light and dark follow the page's `color-scheme`. The element keeps no
 * PIN and no key; the page that embeds it can read what is typed in it, so embed it in pages you trust.
 *
 * @tag wm-enroll
 * @attr {boolean} simulated - the given `usb` exists in software only; every screen says so
 * @attr {string} lang - language of the words, `en` or `de`; without it the language of the page
 * @fires {CustomEvent<EnrolledDetail>} wm-enrolled - the certificate is on the card and was tested
 * @fires {CustomEvent<RequestDetail>} wm-request - the card has signed a request
 * @fires {CustomEvent<StateDetail>} wm-state - another screen is shown
 * @fires {CustomEvent<BeforeOverwriteDetail>} wm-before-overwrite - a key is about to be overwritten; cancelable
 * @csspart panel - the whole element
 * @csspart steps - the list of steps
 * @csspart screen - the present screen
 * @cssprop [--wm-accent] - colour of the primary button and of links
 * @cssprop [--wm-on-accent] - text on the accent colour
 * @cssprop [--wm-surface] - background
 * @cssprop [--wm-text] - text colour
 * @cssprop [--wm-line] - lines between rows
 * @cssprop [--wm-radius] - roundness of corners
 */
export class WmEnroll extends WmElement<'enroll'> {
  static override readonly styles: CSSResultGroup = [elementStyles, styles];

  static override readonly properties: PropertyDeclarations = {
    usb: { attribute: false },
    simulated: { type: Boolean, reflect: true },
    openSources: { attribute: false },
    authorities: { attribute: false },
    subject: { attribute: false },
    flow: { attribute: false },
  };

  /** Any object of WebUSB's shape instead of `navigator.usb`. Read when an enrollment starts. */
  declare usb: SourceOptions['usb'];
  /** True when `usb` exists in software only. */
  declare simulated: boolean;
  /** Whole control over where readers come from; `usb` and `simulated` are then unused. */
  declare openSources: SourceOptions['openSources'];
  /** Who turns requests into certificates. Without any, the person carries the request away and brings the certificate. */
  declare authorities: readonly CertificateAuthority[];
  /** Name for the certificate, fixed by the page: the person can't change it. */
  declare subject: RequestSubject | undefined;
  /** A flow made elsewhere, for tests and stories. */
  declare flow: EnrollmentFlow | undefined;

  protected override readonly english: Pick<Catalogue, 'shared' | 'enroll'> = { shared, enroll };

  #draft: Draft = emptyDraft();
  #reader: ReaderInfo | undefined;
  #madeKey = false;
  /** Where an enrollment that was given up had come to. */
  #step: EnrollmentStep = 'reader';
  #readerCount = 0;
  readonly #keyForm = new KeyForm();
  readonly #focus = new ScreenFocus(this);
  readonly #flows = new EnrollmentHost(
    this,
    () => this.#createFlow(),
    (now, before) => this.#followed(now, before),
  );

  constructor() {
    super();
    this.simulated = false;
    this.authorities = [];
  }

  /** What the element shows. */
  get state(): EnrollmentState {
    return this.#flows.state;
  }

  override addEventListener<Name extends keyof WmEnrollEventMap>(
    name: Name,
    listener: (this: WmEnroll, event: WmEnrollEventMap[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(name: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  override addEventListener(name: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(name, listener as EventListener, options);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('pagehide', this.#forget);
  }

  override disconnectedCallback(): void {
    window.removeEventListener('pagehide', this.#forget);
    this.#forget();
    super.disconnectedCallback();
  }

  readonly #forget = (): void => emptySecrets(this.renderRoot);

  async #createFlow(): Promise<EnrollmentFlow> {
    const { createEnrollmentFlow } = await import('../../app/enrollment/flow.ts');
    return createEnrollmentFlow({
      ...(this.usb === undefined ? {} : { usb: this.usb }),
      ...(this.openSources === undefined ? {} : { openSources: this.openSources }),
      simulated: this.simulated,
      authorities: this.authorities,
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('flow') && (this.flow !== undefined || changed.get('flow') !== undefined)) this.#flows.use(this.flow);
    const sources = changed.has('usb') || changed.has('simulated') || changed.has('openSources') || changed.has('authorities');
    if (sources && this.flow === undefined) this.#flows.renew();
    const { state } = this;
    // The reader that waits and the one that waits no more are two screens, and so are reader and page as places for the PIN.
    const again = state.kind === 'pin-on-reader' && !state.waiting ? 'again' : '';
    this.#focus.moved(`${state.kind} ${again} ${this.#draft.way ?? ''}`);
  }

  #emit<Name extends keyof WmEnrollEventMap>(name: Name, detail: WmEnrollEventMap[Name]['detail'], cancelable = false): boolean {
    return this.dispatchEvent(enrollEvent(name, detail, cancelable));
  }

  #followed(now: EnrollmentState, before: EnrollmentState): void {
    if (now.kind !== before.kind || now.kind === 'pin-on-reader') {
      const { way } = this.#draft;
      this.#draft = emptyDraft();
      // Where the person wants to enter the PIN is asked once a card.
      if (way !== undefined && stepOf(now) !== 'reader' && now.kind !== 'overview') this.#draft.way = way;
    }
    if (now.kind !== before.kind) {
      const cause = now.kind === 'request-ready' ? now.cause : undefined;
      this.#emit('wm-state', { kind: now.kind, step: stepOf(now), ...(cause === undefined ? {} : { cause }) });
    }
    if (now.kind !== 'cancelled') this.#step = stepOf(now);
    if ('reader' in now) this.#reader = now.reader;
    switch (now.kind) {
      case 'start':
      case 'looking-for-readers':
      case 'no-reader':
        this.#reader = undefined;
        this.#madeKey = false;
        this.#keyForm.forgetCard();
        break;
      case 'choose-reader':
        this.#reader = undefined;
        this.#sayReaders(now.readers.length, before.kind === now.kind);
        break;
      case 'choose-key':
        if (now.mistakes.length > 0) this.#focus.toMistake();
        break;
      case 'generating':
        this.#madeKey = true;
        break;
      case 'request-ready': {
        if (before.kind !== 'signing') break;
        const { pem, subject, keyType, place } = now.request;
        this.#emit('wm-request', { pem, subject, keyType, place: place.place });
        break;
      }
      case 'done': {
        const { certificate, certificateDer, place, simulated } = now.result;
        this.#emit('wm-enrolled', { fingerprint: certificate.fingerprintSha256, certificate: copy(certificateDer), place: place.place, simulated });
        break;
      }
      default:
    }
  }

  /** A reader came or went while the list is on the screen: said, since nothing else tells those who don't see it. */
  #sayReaders(count: number, sameScreen: boolean): void {
    if (sameScreen && count !== this.#readerCount) this.announce(this.words.enroll.spoken.readers(count));
    this.#readerCount = count;
  }

  #mayOverwrite(warning: OverwriteWarning): boolean {
    const fingerprint = warning.certificate?.fingerprintSha256;
    return this.#emit(
      'wm-before-overwrite',
      {
        place: warning.place.place,
        decryptionKey: warning.decryptionKey,
        ...(fingerprint === undefined ? {} : { certificateFingerprint: fingerprint }),
      },
      true,
    );
  }

  #context(): ScreenContext {
    return {
      shared: this.shared,
      language: this.language,
      copyButton: (text, name) => this.copyButton(text, name),
      enroll: this.words.enroll,
      draft: this.#draft,
      keyForm: this.#keyForm,
      authorities: this.authorities,
      ...(this.subject === undefined ? {} : { fixedSubject: this.subject }),
      act: (action) => void this.#flows.act(action),
      refresh: () => this.requestUpdate(),
      reject: (mistakes) => {
        this.#draft.mistakes = mistakes;
        this.#focus.toMistake();
        this.requestUpdate();
      },
      mayOverwrite: (warning) => this.#mayOverwrite(warning),
      prepare: () => void this.#flows.prepare(),
    };
  }

  #stop(): void {
    const dialog = this.renderRoot.querySelector('dialog');
    if (stopNeedsAsking(this.state)) dialog?.showModal();
    else void this.#flows.act((flow) => flow.cancel());
  }

  protected override view(): TemplateResult {
    const { state } = this;
    const words = this.words.enroll;
    const simulated = this.#reader?.simulated ?? this.simulated;
    return html`<div class="panel" part="panel">
      ${stepList(words, state, this.#step)}
      <div class="main">
        ${
          this.#reader === undefined && !simulated
            ? nothing
            : html`<p class="where small">
                ${this.#reader === undefined ? nothing : html`<span class="where-reader">${icon('reader')}<bdi>${this.#reader.name}</bdi></span>`}
                ${simulated ? simulatedBadge(this) : nothing}
              </p>`
        }
        <section class="screen" part="screen" aria-labelledby="screen-title">${screenOf(this.#context(), state)}</section>
        ${
          canStop(state)
            ? html`<p class="stop"><button type="button" class="quiet-danger" @click=${() => this.#stop()}>${words.stop}</button></p>`
            : nothing
        }
      </div>
      ${stopDialog(words, this.#madeKey, { stop: () => void this.#flows.act((flow) => flow.cancel()), closed: () => this.#focus.keep() })}
    </div>`;
  }

  protected override updated(): void {
    // The question is moot once there is nothing left to stop.
    const dialog = this.renderRoot.querySelector('dialog');
    if (dialog?.open === true && !canStop(this.state)) dialog.close();
  }
}
