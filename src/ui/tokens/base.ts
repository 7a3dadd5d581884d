import { css, type CSSResult } from 'lit';

/** Looks of the native elements that all screens share: text, buttons, fields, lists, notes. */
export const base: CSSResult = css`
  :host {
    display: block;
    box-sizing: border-box;
    color: var(--_text);
    font-size: var(--_text-body);
    line-height: 1.5;
    text-align: start;
  }
  :host([hidden]) {
    display: none;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h2,
  h3,
  h4,
  p,
  ul,
  ol,
  dl,
  dd,
  fieldset,
  figure {
    margin: 0;
    padding: 0;
  }
  fieldset {
    border: 0;
    min-inline-size: 0;
  }
  h2 {
    font-size: var(--_text-title);
    font-weight: 650;
    line-height: 1.25;
    letter-spacing: -0.01em;
    text-wrap: balance;
  }
  h3,
  legend {
    font-size: var(--_text-subtitle);
    font-weight: 650;
    line-height: 1.3;
    padding: 0;
  }
  h4 {
    font-size: var(--_text-body);
    font-weight: 650;
  }
  :is(h2, h3):focus {
    outline: none;
  }
  :is(h2, h3):focus-visible {
    outline: var(--_focus-ring);
    outline-offset: 4px;
    border-radius: 2px;
  }
  h2,
  h3,
  h4,
  p,
  li,
  dd {
    overflow-wrap: anywhere;
  }
  .stack {
    display: flex;
    flex-direction: column;
    gap: var(--_space-4);
  }
  .stack-small {
    display: flex;
    flex-direction: column;
    gap: var(--_space-2);
  }
  .lead {
    color: var(--_text-quiet);
    font-size: var(--_text-lead);
    max-inline-size: var(--_measure);
  }
  .quiet {
    color: var(--_text-quiet);
  }
  .small {
    font-size: var(--_text-small);
  }
  .mono,
  code {
    font-family: var(--_mono);
    font-size: 0.9em;
    overflow-wrap: anywhere;
  }
  code {
    background: var(--_surface-sunken);
    border: 1px solid var(--_line);
    border-radius: 4px;
    padding: 0.1em 0.35em;
  }
  .icon {
    inline-size: 1.25em;
    block-size: 1.25em;
    flex: none;
    vertical-align: -0.25em;
  }
  .bullets {
    padding-inline-start: 1.25rem;
  }
  .bullets li + li {
    margin-block-start: var(--_space-1);
  }
  .visually-hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  a {
    color: var(--_accent);
    text-underline-offset: 0.15em;
  }
  :is(a, summary, button, input, select, textarea):focus-visible {
    outline: var(--_focus-ring);
    outline-offset: 2px;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;

/** Buttons and the row they stand in. */
export const buttons: CSSResult = css`
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: var(--_space-2);
    align-items: center;
  }
  .actions .push {
    margin-inline-start: auto;
  }
  button {
    font: inherit;
    font-weight: 550;
    min-block-size: var(--_target);
    min-inline-size: var(--_target);
    padding: 0.3rem 0.9rem;
    border: 1px solid var(--_line-strong);
    border-radius: var(--_radius);
    background: var(--_surface-raised);
    color: var(--_text);
    cursor: pointer;
    text-align: center;
  }
  button:hover {
    border-color: var(--_accent);
    color: var(--_accent);
  }
  button.primary {
    background: var(--_accent);
    border-color: var(--_accent);
    color: var(--_on-accent);
  }
  button.primary:hover {
    background: var(--_accent-hover);
    border-color: var(--_accent-hover);
    color: var(--_on-accent);
  }
  button.danger {
    background: var(--_bad-soft);
    border-color: var(--_bad);
    color: var(--_bad);
  }
  button.danger:hover {
    background: var(--_bad);
    color: var(--_surface);
  }
  button.plain {
    border-color: transparent;
    background: none;
    color: var(--_accent);
    padding-inline: 0.5rem;
  }
  button.plain:hover {
    text-decoration: underline;
    text-underline-offset: 0.2em;
  }
  button.quiet-danger {
    border-color: transparent;
    background: none;
    color: var(--_text-quiet);
  }
  button.quiet-danger:hover {
    color: var(--_bad);
    text-decoration: underline;
  }
  @media (pointer: coarse) {
    button {
      min-block-size: 2.75rem;
    }
  }
  @media (forced-colors: active) {
    button.primary {
      border-width: 2px;
      font-weight: 700;
    }
  }
`;

/** Labelled fields with hint and mistake. */
export const fields: CSSResult = css`
  .field {
    display: flex;
    flex-direction: column;
    gap: var(--_space-1);
    max-inline-size: 30rem;
  }
  .field > label,
  .label {
    font-weight: 600;
  }
  .optional {
    font-weight: 400;
    color: var(--_text-quiet);
  }
  .hint {
    color: var(--_text-quiet);
    font-size: var(--_text-small);
  }
  .mistake {
    color: var(--_bad);
    font-weight: 550;
    display: flex;
    gap: var(--_space-1);
  }
  input:not([type='checkbox'], [type='radio'], [type='file']),
  select,
  textarea {
    font: inherit;
    color: inherit;
    inline-size: 100%;
    min-block-size: var(--_target);
    padding: 0.35rem 0.6rem;
    border: 1px solid var(--_line-strong);
    border-radius: var(--_radius);
    background: var(--_surface-raised);
  }
  input[type='password'] {
    letter-spacing: 0.1em;
  }
  textarea {
    font-family: var(--_mono);
    font-size: 0.8125rem;
    line-height: 1.45;
    resize: vertical;
  }
  input[aria-invalid='true'],
  textarea[aria-invalid='true'] {
    border-color: var(--_bad);
    border-width: 2px;
  }
  input[type='checkbox'],
  input[type='radio'] {
    inline-size: 1.5rem;
    block-size: 1.5rem;
    margin: 0;
    flex: none;
    accent-color: var(--_accent);
  }
  .check {
    display: flex;
    gap: var(--_space-2);
    align-items: flex-start;
  }
  @media (pointer: coarse) {
    input:not([type='checkbox'], [type='radio']),
    select {
      min-block-size: 2.75rem;
    }
  }
`;

/** Notes and badges: an icon and a word always go with the colour. */
export const notes: CSSResult = css`
  .note {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: var(--_space-1) var(--_space-3);
    padding: var(--_space-3) var(--_space-4);
    border: 1px solid var(--_line);
    border-inline-start-width: 4px;
    border-radius: var(--_radius);
    background: var(--_surface-sunken);
    max-inline-size: var(--_measure);
  }
  .note > .icon {
    margin-block-start: 0.1em;
  }
  .note > :not(.icon) {
    grid-column: 2;
  }
  .note.good {
    border-color: var(--_good);
    background: var(--_good-soft);
  }
  .note.good > .icon {
    color: var(--_good);
  }
  .note.warn {
    border-color: var(--_warn);
    background: var(--_warn-soft);
  }
  .note.warn > .icon {
    color: var(--_warn);
  }
  .note.bad {
    border-color: var(--_bad);
    background: var(--_bad-soft);
  }
  .note.bad > .icon {
    color: var(--_bad);
  }
  .badge {
    display: inline-flex;
    align-items: center;
    gap: 0.3em;
    padding: 0.05rem 0.5rem;
    border: 1px solid currentColor;
    border-radius: 99px;
    font-size: var(--_text-small);
    font-weight: 600;
    line-height: 1.5;
    color: var(--_text-quiet);
    white-space: nowrap;
  }
  /* A long word, or a long sentence, in a narrow place breaks rather than sticking out. */
  @container (max-width: 30rem) {
    .badge {
      max-inline-size: 100%;
      border-radius: 0.8rem;
      white-space: normal;
      overflow-wrap: anywhere;
    }
  }
  .badge.accent {
    color: var(--_accent);
    background: var(--_accent-soft);
  }
  .badge.good {
    color: var(--_good);
    background: var(--_good-soft);
  }
  .badge.warn {
    color: var(--_warn);
    background: var(--_warn-soft);
  }
  .badge.bad {
    color: var(--_bad);
    background: var(--_bad-soft);
  }
  .badge .icon {
    inline-size: 1em;
    block-size: 1em;
    vertical-align: 0;
  }
  .facts {
    display: grid;
    grid-template-columns: minmax(8rem, max-content) minmax(0, 1fr);
    gap: var(--_space-1) var(--_space-4);
  }
  .facts > dt {
    color: var(--_text-quiet);
  }
  .facts > dd {
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  @container (max-width: 30rem) {
    .facts {
      grid-template-columns: minmax(0, 1fr);
      gap: 0;
    }
    .facts > dd {
      margin-block-end: var(--_space-2);
    }
  }
`;
