import { css, type CSSResult } from 'lit';

export const readersStyles: CSSResult = css`
  .readers {
    display: grid;
    list-style: none;
  }
  .readers > li {
    display: grid;
    gap: var(--_space-2);
    padding-block: var(--_space-4);
    border-block-start: 1px solid var(--_line);
  }
  .readers > li:first-child {
    border-block-start: 0;
    padding-block-start: 0;
  }
  .name {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--_space-1) var(--_space-2);
  }
  .name h3 {
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .name > .use {
    margin-inline-start: auto;
  }
  .name > .icon {
    color: var(--_text-quiet);
  }
  @container (max-width: 30rem) {
    .name > .use {
      margin-inline-start: 0;
    }
  }
`;
