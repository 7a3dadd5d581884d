import { createPivCard, createSimulatedReader, createSimulatedUsb, type PersistentCard, type SimulatedUsb } from '../../src/simulator/index.ts';
import type { BenchProfile, BenchStore } from './bench-store.ts';
import { generateRsaInWorker } from './generate-rsa.ts';

/** Reader, card and bus, and the hands of the person in front of them. Loaded when the bench is used first. */
export interface Simulated {
  readonly usb: SimulatedUsb;
  plug(): void;
  unplug(): void;
  /** Puts in the card of this profile as it was kept, or a new one. */
  insert(profile: BenchProfile): void;
  remove(): void;
  /** The page goes: the hold on the reader ends as it does with a real one. */
  closePage(): void;
}

function takeCard(profile: BenchProfile, store: BenchStore): PersistentCard {
  const make = (image?: unknown): PersistentCard =>
    createPivCard({ profile, generateRsa: generateRsaInWorker, ...(image === undefined ? {} : { image }) });
  let card: PersistentCard;
  try {
    card = make(store.card(profile));
  } catch {
    // What was kept is damaged or of an older version.
    card = make();
  }
  card.onChange(() => store.saveCard(profile, card.save()));
  return card;
}

/** A simulated reader on a simulated bus; the real browser's bus is not touched. */
export function setUpSimulated(store: BenchStore): Simulated {
  const reader = createSimulatedReader({ productName: 'Simulated reader', manufacturerName: 'Web Minidriver' });
  const usb = createSimulatedUsb([]);
  return {
    usb,
    plug: () => usb.plug(reader.device),
    unplug: () => usb.unplug(reader.device),
    insert: (profile) => {
      if (reader.cardIn() !== null) reader.remove();
      reader.insert(takeCard(profile, store));
    },
    remove: () => {
      if (reader.cardIn() !== null) reader.remove();
    },
    closePage: () => usb.closePage(),
  };
}
