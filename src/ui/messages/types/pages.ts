import type { Titled } from './shared.ts';

/** Words of the pages around the elements. */
export interface PagesMessages {
  readonly product: string;
  readonly tagline: string;
  readonly skip: string;
  readonly navigation: string;
  readonly nav: { readonly start: string; readonly enroll: string; readonly diagnostics: string; readonly embed: string };
  readonly language: string;
  readonly notLoaded: Titled;

  readonly start: {
    readonly title: string;
    readonly lead: string;
    readonly enroll: Titled & { readonly action: string };
    readonly diagnose: Titled & { readonly action: string };
    readonly embed: Titled & { readonly action: string };
    readonly readersTitle: string;
    readonly readersText: string;
    readonly doorsTitle: string;
    readonly doorsText: string;
    readonly doorColumns: { readonly door: string; readonly readers: string; readonly needs: string; readonly state: string };
    readonly doors: readonly { readonly door: string; readonly readers: string; readonly needs: string; readonly state: string }[];
    readonly notTitle: string;
    readonly notText: string;
  };
  readonly enroll: { readonly title: string };
  readonly diagnostics: { readonly title: string };
  readonly embed: {
    readonly title: string;
    readonly lead: string;
    readonly liveTitle: string;
    readonly liveText: string;
    readonly markupTitle: string;
    readonly scriptTitle: string;
    readonly eventsTitle: string;
    readonly noEvents: string;
    readonly vetoLabel: string;
    readonly styleTitle: string;
    readonly styleText: string;
  };
  readonly bench: {
    readonly title: string;
    readonly offer: string;
    readonly offerAction: string;
    readonly label: string;
    readonly text: string;
    readonly plug: string;
    readonly unplug: string;
    readonly insert: string;
    readonly remove: string;
    readonly profile: string;
    readonly profiles: Readonly<Record<'nist' | 'yubikey-5.7', string>>;
    readonly reset: string;
    readonly resetTitle: string;
    readonly resetText: string;
    readonly resetConfirm: string;
    readonly resetKeep: string;
    readonly secrets: string;
    readonly states: {
      readonly unplugged: string;
      readonly empty: string;
      readonly inserted: string;
    };
  };
}
