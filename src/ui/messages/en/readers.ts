import type { ReadersMessages } from '../catalogue.ts';

export const readers: ReadersMessages = {
  title: 'Readers',
  looking: 'Looking for readers',
  start: {
    title: 'Readers on this computer',
    text: 'Lists the readers that this page may already see, and tries each for a moment. Nothing is sent to a card.',
    action: 'Look for readers',
  },
  none: {
    title: 'No reader is shared with this page',
    text: 'A browser shows a page only the readers that a person has shared with it. Connect the reader, then share it.',
  },
  nothingChosen: 'No reader was chosen. Keys that the browser keeps away from pages, such as a YubiKey, are not offered in an ordinary page.',
  add: 'Share a reader',
  refresh: 'Look again',
  use: 'Enroll with it',
  environment: 'This page can reach no reader',
};
