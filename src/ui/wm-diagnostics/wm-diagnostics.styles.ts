import { css, type CSSResult } from 'lit';

export const styles: CSSResult = css`
  /* As around an enrollment. */
  .frame {
    padding: var(--_space-5) var(--_space-6);
    border: 1px solid var(--_line);
    border-radius: var(--_radius-large);
    background: var(--_surface);
  }
  .sections {
    display: flex;
    flex-direction: column;
    gap: var(--_space-6);
  }
  .name {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--_space-1) var(--_space-2);
  }
  .who {
    display: flex;
    align-items: baseline;
    gap: var(--_space-2);
    min-inline-size: 0;
  }
  .who > .icon {
    align-self: flex-start;
    margin-block-start: 0.1em;
  }
  .whole {
    white-space: nowrap;
  }
  .to-findings {
    min-block-size: 1.5rem;
    padding: 0;
  }
  .name :is(h2, h3, h4) {
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .name > button {
    margin-inline-start: auto;
  }
  .findings,
  .readers {
    list-style: none;
    border-block-start: 1px solid var(--_line);
  }
  .finding {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: var(--_space-3);
    padding: var(--_space-2) var(--_space-1);
    border-block-end: 1px solid var(--_line);
  }
  .finding > .icon {
    margin-block-start: 0.1em;
  }
  .finding.bad > .icon,
  .finding.bad .severity {
    color: var(--_bad);
  }
  .finding.warn > .icon,
  .finding.warn .severity {
    color: var(--_warn);
  }
  .finding.info > .icon,
  .finding.info .severity {
    color: var(--_text-quiet);
  }
  .severity {
    font-weight: 600;
  }
  .finding .text {
    max-inline-size: var(--_measure);
  }
  .reader {
    display: flex;
    flex-direction: column;
    gap: var(--_space-2);
    padding-block: var(--_space-3);
    border-block-end: 1px solid var(--_line);
  }
  .panel {
    padding: var(--_space-4);
    border: 1px solid var(--_line);
    border-radius: var(--_radius-large);
    background: var(--_surface-raised);
  }
  .panels {
    display: flex;
    flex-direction: column;
    gap: var(--_space-2);
  }
  details.panel {
    padding-block: var(--_space-2);
  }
  details.panel > summary {
    inline-size: auto;
    color: var(--_text);
  }
  details.panel > summary > h3 {
    display: inline-flex;
    align-items: center;
    gap: var(--_space-2);
  }
  .slot + .slot {
    padding-block-start: var(--_space-4);
    border-block-start: 1px solid var(--_line);
  }
  .folded {
    display: flex;
    flex-direction: column;
    gap: var(--_space-1);
  }
  table {
    inline-size: 100%;
    border-collapse: collapse;
  }
  caption {
    text-align: start;
    font-weight: 650;
    padding-block-end: var(--_space-1);
  }
  details caption {
    color: var(--_text-quiet);
    font-weight: 550;
    font-size: var(--_text-small);
  }
  :is(th, td) {
    text-align: start;
    vertical-align: top;
    padding: 0.3rem var(--_space-3) 0.3rem 0;
    border-block-end: 1px solid var(--_line);
    overflow-wrap: anywhere;
  }
  thead :is(th, td) {
    font-size: var(--_text-small);
    font-weight: 550;
    color: var(--_text-quiet);
  }
  tbody th {
    font-weight: 500;
  }
  .rows tbody th {
    inline-size: 15rem;
    overflow-wrap: break-word;
    hyphens: auto;
  }
  .number {
    text-align: end;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .meaning {
    display: block;
    font-size: var(--_text-small);
    font-weight: 400;
  }
  .scroller {
    overflow: auto;
    max-block-size: 26rem;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
  }
  .scroller:focus-visible {
    outline: var(--_focus-ring);
    outline-offset: 1px;
  }
  .log-rows {
    font-size: var(--_text-small);
    min-inline-size: 36rem;
  }
  .log-rows thead th {
    position: sticky;
    inset-block-start: 0;
    background: var(--_surface-sunken);
  }
  .log-rows :is(th, td) {
    padding: 0.15rem var(--_space-2);
    border-block-end-color: transparent;
  }
  .log-rows td:not(.what) {
    white-space: nowrap;
    color: var(--_text-quiet);
  }
  .log-rows .what {
    inline-size: 100%;
  }
  .log-rows .meaning {
    font-size: 1em;
  }
  .layer {
    display: flex;
    align-items: center;
    gap: var(--_space-2);
    font-weight: 600;
  }
  .layer select {
    inline-size: auto;
  }
  button.save {
    display: inline-flex;
    align-items: center;
    gap: 0.4em;
    padding-inline: 0.6rem;
    font-size: var(--_text-small);
  }
  pre {
    margin: 0;
    padding: var(--_space-3);
    font-family: var(--_mono);
    font-size: 0.75rem;
    line-height: 1.45;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  @container (max-width: 44rem) {
    .frame {
      padding: var(--_space-4);
    }
  }
  @container (max-width: 34rem) {
    .panel {
      padding-inline: var(--_space-3);
    }
    /* Fixed: the longest word may not say how wide the table is. */
    .rows {
      table-layout: fixed;
    }
    .rows :is(thead, tbody) th:first-child {
      inline-size: 42%;
    }
    :is(th, td) {
      padding-inline-end: var(--_space-2);
    }
    .name > button {
      margin-inline-start: 0;
    }
  }
`;
