import { html, LitElement, type TemplateResult } from 'lit';

/** The least that a page with Lit can be: one element with one button. */
class EmptyPage extends LitElement {
  protected override render(): TemplateResult {
    return html`<button type="button">Start</button>`;
  }
}

customElements.define('empty-page', EmptyPage);
document.body.append(document.createElement('empty-page'));
