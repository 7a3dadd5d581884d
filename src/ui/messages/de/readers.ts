import type { ReadersMessages } from '../catalogue.ts';

export const readers: ReadersMessages = {
  title: 'Kartenleser',
  looking: 'Kartenleser werden gesucht',
  start: {
    title: 'Kartenleser an diesem Computer',
    text: 'Zeigt die Leser, die diese Seite schon sehen darf, und probiert jeden kurz aus. An eine Karte wird nichts gesendet.',
    action: 'Kartenleser suchen',
  },
  none: {
    title: 'Für diese Seite ist kein Kartenleser freigegeben',
    text: 'Ein Browser zeigt einer Seite nur die Leser, die ihr jemand freigegeben hat. Schließen Sie den Leser an und geben Sie ihn frei.',
  },
  nothingChosen:
    'Es wurde kein Kartenleser gewählt. Sicherheitsschlüssel, die der Browser von Seiten fernhält, etwa ein YubiKey, werden in einer gewöhnlichen Seite nicht angeboten.',
  add: 'Kartenleser freigeben',
  refresh: 'Noch einmal suchen',
  use: 'Damit ein Zertifikat holen',
  environment: 'Diese Seite erreicht keinen Kartenleser',
};
