/** Runs asynchronous bodies one after the other, in the order they came. A failed one does not stop the next. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(body, body);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
