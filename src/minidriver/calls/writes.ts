import type { EntryPointName } from '../cardmod/card-data.ts';

/** Entry points that change what other contexts have read: those of the first group make or remove the key of the container in their first parameter. */
const WRITING = /^Card(?:(Create|Delete)Container|(?:Write|Delete)File|Set(?:Container)?Property)/;

/** What the contexts of one module tell each other: that the card was written, which containers are others than before, who left the application. */
export class Writes {
  #count = 0;
  readonly #containers = new Map<number, number>();

  get count(): number {
    return this.#count;
  }

  /** The context that gave up its roles last: it may have left the card's application. Undefined once somebody has selected it again. */
  left: object | undefined;

  /** After a call of `context`, whether it went well or not. Answers whether it was one that writes. */
  note(context: object, name: EntryPointName, [container]: readonly unknown[]): boolean {
    if (name.startsWith('CardDeauthenticate')) this.left = context;
    const writing = WRITING.exec(name);
    if (writing === null) return false;
    this.#count++;
    if (writing[1] !== undefined && typeof container === 'number') this.#containers.set(container & 0xff, this.#count);
    return true;
  }

  /** Containers whose keys were made or removed after the first `count` writes. */
  since(count: number): number[] {
    return [...this.#containers].flatMap(([container, at]) => (at > count ? [container] : []));
  }
}
