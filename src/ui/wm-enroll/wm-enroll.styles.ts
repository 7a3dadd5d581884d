import { css, type CSSResult, type CSSResultGroup } from 'lit';
import { screenStyles } from './screens/screens.styles.ts';

/** The frame: steps beside the screen, what every screen has, the question before stopping. */
const frame: CSSResult = css`
  .panel {
    display: grid;
    grid-template-columns: 12.5rem minmax(0, 1fr);
    background: var(--_surface);
    border: 1px solid var(--_line);
    border-radius: var(--_radius-large);
    overflow: clip;
  }

  /* Steps */
  .steps {
    background: var(--_surface-sunken);
    border-inline-end: 1px solid var(--_line);
    padding: var(--_space-5) var(--_space-4);
  }
  .steps-line {
    display: none;
    font-weight: 600;
  }
  .steps ol {
    list-style: none;
    display: grid;
    gap: var(--_space-1);
  }
  .steps li {
    display: flex;
    align-items: center;
    gap: var(--_space-2);
    padding: 0.3rem 0.4rem;
    border-radius: var(--_radius);
    color: var(--_text-quiet);
  }
  .steps li.current {
    color: var(--_text);
    font-weight: 650;
  }
  .steps li.done {
    color: var(--_text);
  }
  .dot {
    display: inline-grid;
    place-items: center;
    flex: none;
    inline-size: 1.5rem;
    block-size: 1.5rem;
    border: 1px solid var(--_line-strong);
    border-radius: 99px;
    font-size: var(--_text-small);
    line-height: 1;
    font-variant-numeric: tabular-nums;
  }
  .dot .icon {
    inline-size: 0.95rem;
    block-size: 0.95rem;
    stroke-width: 2.4;
    vertical-align: 0;
  }
  .done .dot {
    border-color: transparent;
    background: var(--_accent-soft);
    color: var(--_accent);
  }
  .current .dot {
    border-color: var(--_accent);
    background: var(--_accent);
    color: var(--_on-accent);
  }

  /* Screen */
  .main {
    display: flex;
    flex-direction: column;
    min-block-size: 26rem;
    padding: var(--_space-5) var(--_space-6);
    min-inline-size: 0;
  }
  .where {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--_space-2);
    color: var(--_text-quiet);
    margin-block-end: var(--_space-4);
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .where-reader {
    display: flex;
    gap: var(--_space-2);
    min-inline-size: 0;
  }
  .slots .badge {
    white-space: normal;
  }
  .screen {
    flex: 1;
    max-inline-size: 46rem;
  }
  .stack.loose {
    gap: var(--_space-5);
  }
  .screen .actions {
    margin-block-start: var(--_space-2);
  }
  .stop {
    margin-block-start: var(--_space-5);
    border-block-start: 1px solid var(--_line);
    padding-block-start: var(--_space-2);
    margin-block-end: calc(-1 * var(--_space-3));
  }
  /* Buttons that look like words stand where words stand, unless they are drawn as buttons. */
  .stop button {
    margin-inline-start: -0.9rem;
  }
  .way {
    margin-inline-start: calc(-0.5rem - 1px);
  }
  .screen .facts {
    grid-template-columns: minmax(11rem, max-content) minmax(0, 1fr);
  }
  .kicker {
    color: var(--_bad);
    font-weight: 600;
  }
  .outcome {
    display: flex;
    gap: var(--_space-4);
    align-items: flex-start;
  }
  .outcome-icon {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 2.75rem;
    block-size: 2.75rem;
    border-radius: 99px;
    font-size: 1.25rem;
  }
  .outcome-icon .icon {
    vertical-align: 0;
  }
  .outcome-icon.good {
    background: var(--_good-soft);
    color: var(--_good);
  }
  .outcome-icon.bad {
    background: var(--_bad-soft);
    color: var(--_bad);
  }
  .picture {
    display: flex;
    flex-direction: column;
    align-items: center;
    inline-size: fit-content;
    padding: var(--_space-4) var(--_space-5);
    color: var(--_accent);
    background: var(--_accent-soft);
    border-radius: var(--_radius-large);
    font-size: 2.75rem;
    line-height: 1;
  }
  .picture .icon {
    stroke-width: 1.2;
    vertical-align: 0;
  }

  /* Question before stopping */
  dialog {
    max-inline-size: min(30rem, calc(100vi - 2rem));
    padding: var(--_space-5);
    border: 1px solid var(--_line);
    border-radius: var(--_radius-large);
    background: var(--_surface-raised);
    color: var(--_text);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 45%);
  }
  dialog .actions {
    margin-block-start: var(--_space-2);
    justify-content: flex-end;
  }
`;

/** Where there is little room. Comes last. */
const narrow: CSSResult = css`
  @container (max-width: 44rem) {
    .panel {
      grid-template-columns: minmax(0, 1fr);
    }
    .steps {
      border-inline-end: 0;
      border-block-end: 1px solid var(--_line);
      padding: var(--_space-3) var(--_space-4);
    }
    .steps-line {
      display: block;
      margin-block-end: var(--_space-2);
    }
    .steps ol {
      grid-auto-flow: column;
      grid-auto-columns: 1fr;
    }
    .steps li {
      padding: 0;
    }
    .step-name {
      position: absolute;
      inline-size: 1px;
      block-size: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .dot {
      inline-size: 100%;
      block-size: 0.4rem;
      border: 0;
      background: var(--_line);
      color: transparent !important;
    }
    .dot > * {
      display: none;
    }
    .done .dot {
      background: var(--_accent);
    }
    .current .dot {
      background: var(--_accent);
      outline: 1px solid var(--_accent);
      outline-offset: 2px;
    }
    .main {
      padding: var(--_space-4);
      min-block-size: 0;
    }
  }
  @container (max-width: 30rem) {
    .screen .facts {
      grid-template-columns: minmax(0, 1fr);
    }
    .row-name {
      inline-size: 100%;
    }
    .slots,
    .slots tbody,
    .slots tr,
    .slots :is(th, td) {
      display: block;
      inline-size: auto;
    }
    .slots thead {
      position: absolute;
      inline-size: 1px;
      block-size: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .slots tr {
      padding-block: var(--_space-2);
      border-block-end: 1px solid var(--_line);
    }
    .slots :is(th, td) {
      border: 0;
      padding: 0;
    }
    .slots tbody th {
      font-weight: 600;
    }
    .actions > button {
      flex: 1 1 auto;
    }
  }
  @media (forced-colors: active) {
    :is(.stop button, .way) {
      margin-inline-start: 0;
    }
    .choice:has(:checked) {
      outline: 2px solid Highlight;
    }
    .current .dot {
      forced-color-adjust: none;
      background: Highlight;
      color: HighlightText;
    }
  }
`;

/** Looks of the enrollment element. */
export const styles: CSSResultGroup = [frame, screenStyles, narrow];
