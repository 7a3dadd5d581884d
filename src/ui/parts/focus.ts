import type { ReactiveController, ReactiveControllerHost } from 'lit';

/**
 * Moves the focus to the heading of a new screen. Only when the focus was inside the element: a page around it keeps its own.
 * Call `moved` in `willUpdate`, while the old screen is still there.
 */
export class ScreenFocus implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  #screen: string | undefined;
  #pending: 'no' | 'screen' | 'mistake' = 'no';

  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#host = host;
    host.addController(this);
  }

  /** Tells which screen comes next. The first one never takes the focus. */
  moved(screen: string): void {
    if (screen === this.#screen) return;
    const first = this.#screen === undefined;
    this.#screen = screen;
    if (!first && this.#host.shadowRoot?.activeElement) this.#pending = 'screen';
  }

  /** The person sent something that can't be right: the first field with a mistake gets the focus. */
  toMistake(): void {
    this.#pending = 'mistake';
  }

  /** After a dialog: what had the focus before may be gone with its screen. */
  keep(): void {
    const root = this.#host.shadowRoot;
    // What stands in a closed dialog keeps the focus until the next frame.
    if (root === null || root.activeElement?.checkVisibility() === true) return;
    this.#focus(root.querySelector<HTMLElement>('h2'));
  }

  hostUpdated(): void {
    if (this.#pending === 'no') return;
    const wanted = this.#pending === 'mistake' ? '[aria-invalid="true"]' : '[data-screen-focus]';
    this.#pending = 'no';
    const root = this.#host.shadowRoot;
    this.#focus(root?.querySelector<HTMLElement>(wanted) ?? root?.querySelector<HTMLElement>('h2') ?? null);
  }

  #focus(target: HTMLElement | null): void {
    if (target === null) return;
    if (!target.matches('input, select, textarea, button')) target.tabIndex = -1;
    target.focus();
  }
}
