import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit';

/*
 * Own line drawings on a 24 x 24 grid. They decorate: the word beside an icon says it all, so each is hidden from assistive
 * technology.
 */

export type IconName =
  | 'reader'
  | 'card'
  | 'key'
  | 'certificate'
  | 'good'
  | 'check'
  | 'warn'
  | 'bad'
  | 'info'
  | 'clock'
  | 'lock'
  | 'touch'
  | 'copy'
  | 'download'
  | 'simulated'
  | 'log'
  | 'search';

const DRAWINGS: Readonly<Record<IconName, SVGTemplateResult>> = {
  reader: svg`<rect x="3" y="11" width="18" height="9" rx="2"/><path d="M7 11V4h10v7M7 15.5h6"/>`,
  card: svg`<rect x="2.5" y="5" width="19" height="14" rx="2"/><rect x="6" y="9" width="5" height="4" rx="1"/><path d="M14 15.5h4"/>`,
  key: svg`<circle cx="8" cy="15.5" r="4"/><path d="m11 12.5 8-8M16 7.5l2.5 2.5M13.5 10l1.5 1.5"/>`,
  certificate: svg`<path d="M5 3h11l3 3v9M5 3v18h7M8.5 8h7M8.5 12h4"/><circle cx="16" cy="17" r="2.5"/><path d="m14.5 19-.5 3 2-1 2 1-.5-3"/>`,
  good: svg`<circle cx="12" cy="12" r="9"/><path d="m8 12.5 2.7 2.7L16 9.5"/>`,
  check: svg`<path d="m5 12.5 4.5 4.5L19 7.5"/>`,
  warn: svg`<path d="M12 3.5 2.5 20h19z"/><path d="M12 10v4.5M12 17.2v.1"/>`,
  bad: svg`<path d="M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z"/><path d="M12 7.5V13M12 16.2v.1"/>`,
  info: svg`<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.7v.1"/>`,
  clock: svg`<circle cx="12" cy="12" r="9"/><path d="M12 7v5.2l3.2 2"/>`,
  lock: svg`<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>`,
  touch: svg`<path d="M9 12V6.5a1.8 1.8 0 0 1 3.6 0V11l4.6 1.1a2 2 0 0 1 1.5 2.2L18 20H10l-4-5.2a1.6 1.6 0 0 1 2.4-2.1z"/><path d="M6.5 8.5a5 5 0 1 1 8.6 0"/>`,
  copy: svg`<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15V6a2 2 0 0 1 2-2h9"/>`,
  download: svg`<path d="M12 4v11M7.5 10.8 12 15.3l4.5-4.5M5 20h14"/>`,
  simulated: svg`<path d="M4 8V6a2 2 0 0 1 2-2h2M16 4h2a2 2 0 0 1 2 2v2M20 16v2a2 2 0 0 1-2 2h-2M8 20H6a2 2 0 0 1-2-2v-2"/><rect x="7.5" y="9" width="9" height="6" rx="1"/>`,
  log: svg`<path d="M5 6h14M5 12h14M5 18h9"/>`,
  search: svg`<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>`,
};

export const ICON_NAMES: readonly IconName[] = Object.keys(DRAWINGS) as IconName[];

/** An icon as tall as the text beside it. */
export function icon(name: IconName): TemplateResult {
  return html`<svg
    class="icon"
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    ${DRAWINGS[name]}
  </svg>`;
}
