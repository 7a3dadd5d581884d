import { toHex } from '../../../src/codec/hex.ts';
import { createPivCard, type PersistentCard, type PivCardOptions } from '../../../src/simulator/index.ts';

/** The simulated card's memory as it is put away, as far as tests look into it or set it. */
export interface CardImage {
  pin: { value: string; left: number; total: number };
  puk: { value: string; left: number; total: number };
  management: { algorithm: number; key: string; touchPolicy: number };
  keys: [number, { algorithm: number; secret?: string; rsa?: Record<string, string>; pinPolicy: number; touchPolicy: number; origin: number }][];
  objects: [number, string][];
}

export const imageOf = (card: PersistentCard): CardImage => structuredClone(card.save()) as CardImage;

/** A card like `card` with another memory. */
export function altered(options: PivCardOptions, edit: (image: CardImage) => void): PersistentCard {
  const image = imageOf(createPivCard(options));
  edit(image);
  return createPivCard({ ...options, image });
}

/** A PIN or PUK as the card keeps it: filled up with FF. */
export const kept = (secret: string): string => toHex(new TextEncoder().encode(secret)).padEnd(16, 'f');

export const objectOf = (image: CardImage, tag: number): string | undefined => image.objects.find(([each]) => each === tag)?.[1];
export const keyOf = (image: CardImage, slot: number): string | undefined => {
  const key = image.keys.find(([each]) => each === slot)?.[1];
  return key === undefined ? undefined : (key.secret ?? key.rsa?.['modulus']);
};

/** Yubico's note that the management key stands in the Printed Information object, and the key there. */
export function keepKeyBehindPin(image: CardImage): void {
  const { key } = image.management;
  const two = (octets: number): string => octets.toString(16).padStart(2, '0');
  const inner = `89${two(key.length / 2)}${key}`;
  image.objects.push([0x5fff00, '8003810102'], [0x5fc109, `88${two(inner.length / 2)}${inner}`]);
}
