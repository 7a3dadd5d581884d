import { svg, type SVGTemplateResult } from 'lit';

/** The mark beside the product's name; public/icon.svg is the same drawing. */
export function logo(): SVGTemplateResult {
  return svg`<svg class="logo" viewBox="0 0 64 64" aria-hidden="true" focusable="false">
    <rect class="ground" width="64" height="64" rx="14"/>
    <rect class="card" x="11" y="17" width="42" height="30" rx="5"/>
    <rect class="ground" x="17" y="25" width="13" height="11" rx="2.5"/>
    <path class="line" d="M17 42h19M39 33.5a5.5 5.5 0 0 0 0-7M43.5 36.5a10 10 0 0 0 0-13"/>
  </svg>`;
}
