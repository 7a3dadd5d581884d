import { css, type CSSResult } from 'lit';

/** Looks of the shared parts. */
export const partStyles: CSSResult = css`
  .root {
    container-type: inline-size;
  }
  details > summary {
    cursor: pointer;
    color: var(--_accent);
    font-weight: 550;
    inline-size: fit-content;
    padding-block: var(--_space-1);
  }
  details > summary:hover {
    text-decoration: underline;
    text-underline-offset: 0.2em;
  }
  details[open] > summary {
    margin-block-end: var(--_space-2);
  }
  .plain-list {
    list-style: none;
  }
  .remedies li + li {
    margin-block-start: var(--_space-3);
  }
  .command {
    display: flex;
    align-items: stretch;
    gap: var(--_space-2);
    margin-block-start: var(--_space-1);
    max-inline-size: var(--_measure);
  }
  .command code {
    flex: 1;
    min-inline-size: 0;
    padding: 0.4rem 0.6rem;
    border-radius: var(--_radius);
  }
  button.copy {
    display: inline-flex;
    align-items: center;
    gap: 0.4em;
    padding-inline: 0.6rem;
    font-size: var(--_text-small);
    flex: none;
    align-self: start;
  }
  .mistake .code {
    white-space: nowrap;
    font-weight: 400;
  }
  progress.busy {
    appearance: none;
    display: block;
    inline-size: 100%;
    max-inline-size: 22rem;
    block-size: 6px;
    border: 0;
    border-radius: 99px;
    overflow: hidden;
    background: linear-gradient(var(--_accent), var(--_accent)) no-repeat 50% 0 / 40% 100% var(--_line);
    animation: busy 1.6s ease-in-out infinite;
  }
  progress.busy::-webkit-progress-bar {
    background: none;
  }
  progress.busy::-moz-progress-bar {
    background: none;
  }
  @keyframes busy {
    from {
      background-position: -70% 0;
    }
    to {
      background-position: 170% 0;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    progress.busy {
      background: repeating-linear-gradient(90deg, var(--_accent) 0 12px, var(--_accent-soft) 12px 20px);
    }
  }
  @media (forced-colors: active) {
    progress.busy {
      appearance: auto;
      block-size: auto;
    }
  }
`;
