import { WmDiagnostics } from './wm-diagnostics.ts';

if (customElements.get('wm-diagnostics') === undefined) customElements.define('wm-diagnostics', WmDiagnostics);

declare global {
  interface HTMLElementTagNameMap {
    'wm-diagnostics': WmDiagnostics;
  }
}
