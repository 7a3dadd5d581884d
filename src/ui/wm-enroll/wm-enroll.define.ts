import { WmEnroll } from './wm-enroll.ts';

if (customElements.get('wm-enroll') === undefined) customElements.define('wm-enroll', WmEnroll);

declare global {
  interface HTMLElementTagNameMap {
    'wm-enroll': WmEnroll;
  }
}
