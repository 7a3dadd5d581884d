import { plural } from '../format.ts';
import type { OnReaderMessages } from '../types/on-reader.ts';

export const onReader: OnReaderMessages = {
  action: { unlock: 'Enter the PIN on the reader', 'change-pin': 'Change the PIN on the reader', again: 'Ask again on the reader' },
  useReader: 'Use the reader’s keys instead',
  usePage: 'Type in this page instead',
  titles: {
    unlock: 'Enter the PIN on the reader',
    'sign-request': 'Enter the PIN on the reader once more',
    'test-signature': 'Enter the PIN on the reader once more',
    'change-pin': 'Change the PIN on the reader',
  },
  text: (purpose, place) => {
    if (purpose === 'change-pin') return 'The reader asks for the present PIN and for the new one.';
    if (purpose === 'unlock') return `The card wants your PIN for ${place}.`;
    return `The key in ${place} wants the PIN before each use: now ${purpose === 'sign-request' ? 'to sign the request' : 'for the test signature'}.`;
  },
  steps: {
    verify: ['Type the PIN on the reader’s keys.', 'Confirm with the reader’s OK key, often green.'],
    change: ['Type the present PIN on the reader’s keys and confirm.', 'Type the new PIN and confirm.', 'Type the new PIN again and confirm.'],
  },
  secrecy: 'What you type goes from the reader straight to the card. It never comes into this page.',
  cancel: 'Cancel PIN entry',
  overTitle: 'The PIN is still needed',
  overText: 'The reader waits no more. What was done up to now stands.',
  asks: (count) =>
    plural('en', count, {
      one: 'The reader asks for it once.',
      other: 'The card wants it before each use of this key, so the reader asks up to # times.',
    }),
};
