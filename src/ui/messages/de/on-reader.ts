import { plural } from '../format.ts';
import type { OnReaderMessages } from '../types/on-reader.ts';

export const onReader: OnReaderMessages = {
  action: { unlock: 'PIN am Kartenleser eingeben', 'change-pin': 'PIN am Kartenleser ändern', again: 'Am Kartenleser erneut eingeben' },
  useReader: 'Lieber die Tasten des Lesers benutzen',
  usePage: 'Lieber auf dieser Seite eintippen',
  titles: {
    unlock: 'Geben Sie die PIN am Kartenleser ein',
    'sign-request': 'Geben Sie die PIN noch einmal am Kartenleser ein',
    'test-signature': 'Geben Sie die PIN noch einmal am Kartenleser ein',
    'change-pin': 'Ändern Sie die PIN am Kartenleser',
  },
  text: (purpose, place) => {
    if (purpose === 'change-pin') return 'Der Leser fragt nach der jetzigen PIN und nach der neuen.';
    if (purpose === 'unlock') return `Die Karte verlangt Ihre PIN für ${place}.`;
    return `Der Schlüssel in ${place} verlangt die PIN vor jedem Gebrauch: jetzt ${purpose === 'sign-request' ? 'zum Signieren des Antrags' : 'für die Probesignatur'}.`;
  },
  steps: {
    verify: ['Tippen Sie die PIN auf den Tasten des Lesers.', 'Bestätigen Sie mit der OK-Taste des Lesers, oft ist sie grün.'],
    change: [
      'Tippen Sie die jetzige PIN auf den Tasten des Lesers und bestätigen Sie.',
      'Tippen Sie die neue PIN und bestätigen Sie.',
      'Tippen Sie die neue PIN noch einmal und bestätigen Sie.',
    ],
  },
  secrecy: 'Was Sie eintippen, geht vom Leser geradewegs an die Karte. Auf diese Seite gelangt es nie.',
  cancel: 'PIN-Eingabe abbrechen',
  overTitle: 'Die PIN wird noch gebraucht',
  overText: 'Der Leser wartet nicht mehr. Was bisher geschehen ist, bleibt bestehen.',
  asks: (count) =>
    plural('de', count, {
      one: 'Der Leser fragt einmal danach.',
      other: 'Die Karte verlangt sie vor jedem Gebrauch dieses Schlüssels, deshalb fragt der Leser bis zu #-mal danach.',
    }),
};
