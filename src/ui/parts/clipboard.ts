import { html, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from 'lit';
import type { SharedMessages } from '../messages/catalogue.ts';
import { icon } from './icons.ts';

/** What the copy buttons need of their element. */
export interface CopyHost extends ReactiveControllerHost {
  readonly shared: SharedMessages;
  announce(text: string): void;
}

const SHOWN_MS = 2500;

/** The copy buttons of one element: a press copies, the button says for a moment how that went, and it is spoken. */
export class CopyButtons implements ReactiveController {
  readonly #host: CopyHost;
  #last: { readonly text: string; readonly done: boolean } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: CopyHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    this.#last = undefined;
  }

  /** The button. `name` is read instead of the bare 'Copy'. */
  button(text: string, name?: string): TemplateResult {
    const { shared } = this.#host;
    const last = this.#last?.text === text ? this.#last : undefined;
    const label = last === undefined ? shared.copy : last.done ? shared.copied : shared.copyFailed;
    return html`<button
      type="button"
      class="copy"
      aria-label=${last === undefined && name !== undefined ? name : label}
      @click=${() => this.#copy(text)}
    >
      ${icon(last === undefined ? 'copy' : last.done ? 'check' : 'warn')}<span>${label}</span>
    </button>`;
  }

  async #copy(text: string): Promise<void> {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = false;
    }
    this.#last = { text, done };
    this.#host.requestUpdate();
    this.#host.announce(done ? this.#host.shared.copied : this.#host.shared.copyFailed);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#last = undefined;
      this.#host.requestUpdate();
    }, SHOWN_MS);
  }
}
