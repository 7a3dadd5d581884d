import { WmReaders } from './wm-readers.ts';

if (customElements.get('wm-readers') === undefined) customElements.define('wm-readers', WmReaders);

export { WmReaders };
