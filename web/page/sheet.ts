import { base, buttons, fields, notes, tokens } from '../../src/ui/tokens/index.ts';

/** The elements' tokens and plain looks for the page around them: one source of colours and sizes. */
export function adoptTokens(): void {
  const sheet = new CSSStyleSheet();
  const looks = [base, buttons, fields, notes].map(({ cssText }) => cssText).join('\n');
  const forBody = looks.replaceAll(/:host\(\[hidden\]\)\s*\{[^}]*\}/g, '').replaceAll(':host', 'body');
  sheet.replaceSync(tokens.cssText.replaceAll(':host', ':root') + forBody);
  // First in order: page.css has the last word.
  document.adoptedStyleSheets = [sheet, ...document.adoptedStyleSheets];
}
