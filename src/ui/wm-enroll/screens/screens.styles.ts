import { css, type CSSResult } from 'lit';

/** Looks of what stands on the screens: rows, choices, fields, the request. */
export const screenStyles: CSSResult = css`
  /* Rows of things to pick or to look at */
  .rows {
    list-style: none;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    max-inline-size: var(--_measure);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--_space-2) var(--_space-3);
    padding: var(--_space-2) var(--_space-3);
    min-block-size: 3.25rem;
  }
  .row + .row {
    border-block-start: 1px solid var(--_line);
  }
  .row > .icon {
    color: var(--_text-quiet);
    inline-size: 1.5rem;
    block-size: 1.5rem;
  }
  .row-name {
    inline-size: 12rem;
  }
  .row-text {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--_space-1) var(--_space-3);
    flex: 1 1 12rem;
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .row-more {
    flex: 1 0 100%;
    padding-inline-start: 2.25rem;
  }
  .small-button {
    min-block-size: 2rem;
    padding-block: 0.15rem;
    font-size: var(--_text-small);
  }
  .card-head {
    display: flex;
    align-items: center;
    gap: var(--_space-3);
  }
  .card-head > .icon {
    inline-size: 2rem;
    block-size: 2rem;
    color: var(--_accent);
  }
  .card-head .row-text {
    flex: 1;
  }
  .factory,
  .will-overwrite {
    display: flex;
    gap: var(--_space-2);
    max-inline-size: var(--_measure);
  }
  :is(.factory, .will-overwrite) .icon {
    color: var(--_warn);
    flex: none;
  }
  .will-overwrite {
    color: var(--_text);
  }
  .slots {
    inline-size: 100%;
    max-inline-size: var(--_measure);
    border-collapse: collapse;
    text-align: start;
  }
  .slots :is(th, td) {
    padding: var(--_space-2) var(--_space-3);
    text-align: start;
    vertical-align: top;
    font-weight: 400;
    border-block-end: 1px solid var(--_line);
    overflow-wrap: anywhere;
  }
  .slots thead th {
    color: var(--_text-quiet);
    font-size: var(--_text-small);
    padding-block: var(--_space-1);
  }
  .slots tbody th {
    inline-size: 14rem;
  }
  .slots .cell {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--_space-1) var(--_space-3);
  }
  .holder {
    font-weight: 600;
  }

  /* Choices */
  fieldset > legend {
    margin-block-end: var(--_space-2);
  }
  .choices {
    display: grid;
    gap: var(--_space-2);
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr));
  }
  .choice {
    display: flex;
    gap: var(--_space-3);
    align-items: flex-start;
    padding: var(--_space-2) var(--_space-3);
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    cursor: pointer;
    min-inline-size: 0;
  }
  .choice:hover:not(:has(:disabled)) {
    border-color: var(--_accent);
  }
  .choice:has(:checked) {
    border-color: var(--_accent);
    background: var(--_accent-soft);
    box-shadow: inset 0 0 0 1px var(--_accent);
  }
  .choice:has(:disabled) {
    cursor: default;
    background: var(--_surface-sunken);
  }
  .choice:has(:focus-visible) {
    outline: var(--_focus-ring);
    outline-offset: 2px;
  }
  .choice input:focus-visible {
    outline: none;
  }
  .choice-text {
    display: grid;
    gap: 0.1rem;
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .choice-text .choice-more {
    display: grid;
    gap: 0.15rem;
  }
  .choice .badge {
    white-space: normal;
  }

  /* Fields */
  .name-grid {
    display: grid;
    gap: var(--_space-3) var(--_space-4);
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr));
    align-items: start;
  }
  .name-grid .field {
    max-inline-size: none;
  }
  .name-grid .span {
    grid-column: 1 / -1;
  }
  .field.wide {
    max-inline-size: var(--_measure);
  }
  .with-button {
    display: flex;
    gap: var(--_space-2);
  }
  .with-button input {
    flex: 1;
    min-inline-size: 0;
  }
  .preview {
    overflow-wrap: anywhere;
  }
  .uses {
    border-block-start: 1px solid var(--_line);
    padding-block-start: var(--_space-4);
    margin-block-start: var(--_space-2);
    font-size: var(--_text-small);
  }
  .uses h3 {
    font-size: var(--_text-body);
  }

  /* Request and certificate */
  .row-plain {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--_space-2) var(--_space-4);
  }
  .authority-hint {
    flex: 1 1 18rem;
    color: var(--_text-quiet);
  }
  .pem {
    margin: 0;
    padding: var(--_space-3);
    max-block-size: 14rem;
    overflow: auto;
    font-family: var(--_mono);
    font-size: 0.75rem;
    line-height: 1.4;
    background: var(--_surface-sunken);
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
  }
  .pem:focus-visible {
    outline: var(--_focus-ring);
  }
  .bring > summary {
    font-size: var(--_text-subtitle);
  }
  .note.accent {
    border-color: var(--_accent);
    background: var(--_accent-soft);
  }
  .note.touch .icon {
    color: var(--_accent);
    animation: touch 1.4s ease-in-out infinite;
  }
  @keyframes touch {
    50% {
      transform: translateY(3px);
    }
  }
`;
