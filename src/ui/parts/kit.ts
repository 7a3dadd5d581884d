import type { TemplateResult } from 'lit';
import type { Language, SharedMessages } from '../messages/catalogue.ts';

/** What a view needs from the element that it stands in. */
export interface Kit {
  readonly shared: SharedMessages;
  readonly language: Language;
  /** A button that puts `text` on the clipboard. `name` says what is copied, for people who don't see what it stands beside. */
  copyButton(text: string, name?: string): TemplateResult;
}
