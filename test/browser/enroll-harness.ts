import type { EnrollmentFlow, EnrollmentState } from '../../src/app/enrollment/state.ts';
import type { WmEnroll } from '../../src/ui/wm-enroll/wm-enroll.ts';
import '../../src/ui/wm-enroll/wm-enroll.define.ts';
import type { Sample } from './enroll-states.ts';

type Action = Exclude<keyof EnrollmentFlow, 'state' | 'subscribe'>;

export interface Call {
  readonly action: Action;
  readonly values: readonly unknown[];
}

/** A flow that stands still: it shows the state it is given and writes down what it is asked to do. */
export class SpyFlow implements EnrollmentFlow {
  readonly calls: Call[] = [];
  state: EnrollmentState;
  readonly #listeners = new Set<(state: EnrollmentState) => void>();

  constructor(state: EnrollmentState) {
    this.state = state;
  }

  put(state: EnrollmentState): void {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }

  subscribe(listener: (state: EnrollmentState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #note(action: Action, ...values: readonly unknown[]): Promise<void> {
    this.calls.push({ action, values });
    return Promise.resolve();
  }

  readonly connect = (): Promise<void> => this.#note('connect');
  readonly requestReader = (): Promise<void> => this.#note('requestReader');
  readonly chooseReader = (id: string): Promise<void> => this.#note('chooseReader', id);
  readonly chooseSlot = (index: number): Promise<void> => this.#note('chooseSlot', index);
  readonly retry = (): Promise<void> => this.#note('retry');
  readonly openSecretTask: EnrollmentFlow['openSecretTask'] = (task) => this.#note('openSecretTask', task);
  readonly changeSecret: EnrollmentFlow['changeSecret'] = (change) => this.#note('changeSecret', change);
  readonly openKeyChoice = (): Promise<void> => this.#note('openKeyChoice');
  readonly chooseKey: EnrollmentFlow['chooseKey'] = (plan) => this.#note('chooseKey', plan);
  readonly confirmOverwrite = (): Promise<void> => this.#note('confirmOverwrite');
  readonly submitManagementKey: EnrollmentFlow['submitManagementKey'] = (choice) => this.#note('submitManagementKey', choice);
  readonly submitPin: EnrollmentFlow['submitPin'] = (pin, options) => this.#note('submitPin', pin, options);
  readonly enterPinOnReader: EnrollmentFlow['enterPinOnReader'] = (options) => this.#note('enterPinOnReader', options);
  readonly stopPinEntry = (): Promise<void> => this.#note('stopPinEntry');
  readonly issueCertificate = (id: string): Promise<void> => this.#note('issueCertificate', id);
  readonly openCertificateImport = (): Promise<void> => this.#note('openCertificateImport');
  readonly submitCertificate: EnrollmentFlow['submitCertificate'] = (certificate) => this.#note('submitCertificate', certificate);
  readonly writeCertificate = (): Promise<void> => this.#note('writeCertificate');
  readonly back = (): Promise<void> => this.#note('back');
  readonly cancel = (): Promise<void> => this.#note('cancel');
  readonly release = (): Promise<void> => this.#note('release');
}

/** What a page may fix for the holder. */
export const FIXED_SUBJECT = { subject: 'CN=Ada Lovelace,O=Example', email: 'ada@example.com' };

export interface Mounted {
  readonly element: WmEnroll;
  readonly flow: SpyFlow;
  readonly root: ShadowRoot;
}

/** The element in the page, showing a state. Whatever stood there before is gone. */
export async function mount(sample: Pick<Sample, 'state' | 'fixedSubject'>): Promise<Mounted> {
  document.body.replaceChildren();
  const element = document.createElement('wm-enroll');
  const flow = new SpyFlow(sample.state);
  element.flow = flow;
  if (sample.fixedSubject === true) element.subject = FIXED_SUBJECT;
  document.body.append(element);
  await element.updateComplete;
  return { element, flow, root: rootOf(element) };
}

export function rootOf(element: Element): ShadowRoot {
  if (element.shadowRoot === null) throw new Error('the element has no shadow root');
  return element.shadowRoot;
}

/** The first match; a missing one fails the test by name. */
export function find<E extends Element = HTMLElement>(root: ParentNode, selector: string): E {
  const found = root.querySelector<E>(selector);
  if (found === null) throw new Error(`nothing matches ${selector}`);
  return found;
}

/** The button with these words on it. */
export function buttonOf(root: ParentNode, words: string): HTMLButtonElement {
  const found = [...root.querySelectorAll('button')].find((button) => button.textContent?.trim() === words);
  if (found === undefined) throw new Error(`no button ${words}`);
  return found;
}

/** Types into a field as the browser does: value, then the event. */
export function fill(root: ParentNode, selector: string, value: string): void {
  const field = find<HTMLInputElement | HTMLTextAreaElement>(root, selector);
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
}
