import { css, type CSSResult } from 'lit';

/**
 * The design tokens: every colour, distance, size and line of the elements. A host overrides the public `--wm-*` properties from
 * outside; the elements read the private `--_*` ones. Light and dark follow the host's `color-scheme`.
 */
export const tokens: CSSResult = css`
  :host {
    --_accent: var(--wm-accent, light-dark(#0b6670, #6cc9d2));
    --_accent-hover: var(--wm-accent-hover, light-dark(#084f57, #8ad7de));
    --_on-accent: var(--wm-on-accent, light-dark(#ffffff, #06282c));
    --_accent-soft: var(--wm-accent-soft, light-dark(#e3f1f2, #143439));

    --_surface: var(--wm-surface, light-dark(#ffffff, #171d23));
    --_surface-sunken: var(--wm-surface-sunken, light-dark(#f3f5f7, #10151a));
    --_surface-raised: var(--wm-surface-raised, light-dark(#ffffff, #1f272e));
    --_text: var(--wm-text, light-dark(#18222c, #e6ebef));
    --_text-quiet: var(--wm-text-quiet, light-dark(#4f5d6b, #a4b1bd));
    --_line: var(--wm-line, light-dark(#d3dae1, #33404b));
    --_line-strong: var(--wm-line-strong, light-dark(#7d8a97, #7c8b99));

    --_good: var(--wm-good, light-dark(#1b6b3a, #7fd09b));
    --_good-soft: var(--wm-good-soft, light-dark(#e6f4ea, #15321f));
    --_warn: var(--wm-warn, light-dark(#7a4b00, #f0c172));
    --_warn-soft: var(--wm-warn-soft, light-dark(#fdf3de, #382a10));
    --_bad: var(--wm-bad, light-dark(#a3211d, #ff9f97));
    --_bad-soft: var(--wm-bad-soft, light-dark(#fdecea, #3c1a18));
    --_bad-strong: var(--wm-bad-strong, light-dark(#a3211d, #d9534a));

    --_focus: var(--wm-focus, light-dark(#0b57d0, #a8c7fa));
    --_focus-ring: 2px solid var(--_focus);

    --_space-1: 0.25rem;
    --_space-2: 0.5rem;
    --_space-3: 0.75rem;
    --_space-4: 1rem;
    --_space-5: 1.5rem;
    --_space-6: 2rem;

    --_text-small: 0.8125rem;
    --_text-body: 0.9375rem;
    --_text-lead: 1rem;
    --_text-title: 1.375rem;
    --_text-subtitle: 1.0625rem;
    --_mono: var(--wm-mono, ui-monospace, 'Cascadia Mono', 'Segoe UI Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace);

    --_radius: var(--wm-radius, 6px);
    --_radius-large: calc(var(--_radius) + 4px);
    --_target: 2.25rem;
    --_measure: 44rem;
  }
`;
