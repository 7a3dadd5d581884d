import { html, nothing, type TemplateResult } from 'lit';
import type { CertificateAuthority } from '../../../app/certificate-authority.ts';
import type {
  EnrollmentFlow,
  EnrollmentStateKind,
  EnrollmentStateOf,
  ManagementKeyMode,
  OverwriteWarning,
  PinWay,
  RequestSubject,
} from '../../../app/enrollment/state.ts';
import type { EnrollMessages } from '../../messages/catalogue.ts';
import { busyBar, type Kit } from '../../parts/index.ts';
import type { KeyForm } from '../key-form.ts';

/** What a screen remembers for as long as it is shown. Never a secret. */
export interface Draft {
  /** A secret field is shown in clear. */
  revealed: boolean;
  /** Fields with a mistake that the screen itself found, with the sentence to show. */
  mistakes: Readonly<Record<string, string>>;
  mode?: ManagementKeyMode;
  way?: PinWay;
  vetoed: boolean;
}

/** What a screen is given besides its state. */
export interface ScreenContext extends Kit {
  readonly enroll: EnrollMessages;
  readonly draft: Draft;
  readonly keyForm: KeyForm;
  readonly authorities: readonly CertificateAuthority[];
  /** The names that the embedding page has fixed. */
  readonly fixedSubject?: RequestSubject;
  /** Runs an action of the flow; inside a click it runs at once, so that the browser's chooser opens. */
  act(action: (flow: EnrollmentFlow) => Promise<void>): void;
  /** Shows the screen again after the draft has changed. */
  refresh(): void;
  /** Shows mistakes and moves the focus to the first field that has one. */
  reject(mistakes: Readonly<Record<string, string>>): void;
  /** Asks the embedding page; false when it says no. */
  mayOverwrite(warning: OverwriteWarning): boolean;
  /** Fetches the flow before it is needed. */
  prepare(): void;
}

/** One screen. */
export type Screen<Kind extends EnrollmentStateKind> = (context: ScreenContext, state: EnrollmentStateOf<Kind>) => TemplateResult;

/** A submit listener: the browser's own sending is off, Enter works as everywhere. */
export function onSubmit(handle: (form: HTMLFormElement) => void): (event: SubmitEvent) => void {
  return (event) => {
    event.preventDefault();
    handle(event.currentTarget as HTMLFormElement);
  };
}

/** The element of a form by its name. */
export function fieldOf(form: HTMLFormElement, name: string): HTMLInputElement {
  const field = form.elements.namedItem(name);
  if (!(field instanceof HTMLInputElement)) throw new Error(`the form has no field ${name}`);
  return field;
}

/** The heading of a screen. The focus moves here when the screen opens. */
export function heading(text: unknown): TemplateResult {
  return html`<h2 id="screen-title" tabindex="-1">${text}</h2>`;
}

/** Heading and the sentence below it. */
export function intro(title: unknown, text: unknown): TemplateResult {
  return html`<header class="stack-small">
    ${heading(title)} ${text === '' || text === nothing ? nothing : html`<p class="lead">${text}</p>`}
  </header>`;
}

/** A screen that only waits. */
export function busyScreen(title: unknown, text: unknown, more: unknown = nothing): TemplateResult {
  return html`<div class="stack" aria-busy="true">${intro(title, text)} ${busyBar('screen-title')} ${more}</div>`;
}

export function backButton(context: ScreenContext): TemplateResult {
  return html`<button type="button" @click=${() => context.act((flow) => flow.back())}>${context.enroll.back}</button>`;
}
