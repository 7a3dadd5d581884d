import { css, type CSSResult } from 'lit';

export const benchStyles: CSSResult = css`
  .offer {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--_space-1) var(--_space-2);
    color: var(--_text-quiet);
  }
  /* The words of the button stand where a line begins, when it wraps. */
  .offer button {
    margin-inline-start: calc(-0.5rem - 1px);
  }
  .offer span {
    margin-inline-end: 0.5rem;
  }
  @media (forced-colors: active) {
    .offer button {
      margin-inline-start: 0;
    }
  }
  .panel {
    display: grid;
    /* The widest line may not say how wide the panel is. */
    grid-template-columns: minmax(0, 1fr);
    overflow-wrap: anywhere;
    gap: var(--_space-3);
    padding: var(--_space-3) var(--_space-4);
    border: 1px dashed var(--_line-strong);
    border-radius: var(--_radius-large);
    background: var(--_surface);
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--_space-1) var(--_space-3);
  }
  .head h2 {
    font-size: var(--_text-subtitle);
  }
  .state {
    display: inline-flex;
    align-items: center;
    gap: var(--_space-2);
    color: var(--_text-quiet);
  }
  .state .icon {
    color: var(--_accent);
  }
  .state.off .icon {
    color: var(--_text-quiet);
  }
  .controls {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: var(--_space-2) var(--_space-3);
  }
  .controls .choice {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--_space-1) var(--_space-2);
    min-inline-size: 0;
  }
  .controls select {
    inline-size: auto;
    min-inline-size: 0;
    max-inline-size: 100%;
  }
  :is(.head, .controls) > * {
    max-inline-size: 100%;
  }
  .controls .push {
    margin-inline-start: auto;
  }
  .about {
    display: grid;
    gap: var(--_space-1);
    max-inline-size: 60rem;
  }
  dialog {
    max-inline-size: min(30rem, calc(100vw - 2rem));
    padding: var(--_space-5);
    border: 1px solid var(--_line);
    border-radius: var(--_radius-large);
    background: var(--_surface);
    color: var(--_text);
    box-shadow: 0 12px 40px rgb(0 0 0 / 30%);
  }
  dialog::backdrop {
    background: rgb(10 16 22 / 55%);
  }
  dialog .actions {
    margin-block-start: var(--_space-5);
  }
  dialog p {
    margin-block-start: var(--_space-3);
  }
  @container (max-width: 30rem) {
    .controls .choice {
      flex: 1 0 100%;
    }
    .controls select {
      flex: 1;
    }
    .controls .push {
      margin-inline-start: 0;
    }
  }
`;
