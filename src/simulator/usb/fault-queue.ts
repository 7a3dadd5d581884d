/** When a fault begins and ends. `until` 'once' and 'twice' count; every other end is told to {@link FaultQueue.end}. */
export interface FaultTimes {
  /** Which of what comes from now on is the first to suffer; 1, the next one, unless told. */
  readonly at?: number;
  readonly until?: string;
}

interface Planted<F> {
  readonly fault: F;
  arrived: number;
  struck: number;
  over: boolean;
}

/** Faults in waiting: which of them strikes what comes, and when it is over. The first planted strikes first. */
export class FaultQueue<F extends FaultTimes> {
  #planted: Planted<F>[] = [];
  #strikes = 0;

  /** How often a fault has struck since the queue was cleared. */
  get strikes(): number {
    return this.#strikes;
  }

  plant(fault: F): void {
    this.#planted.push({ fault, arrived: 0, struck: 0, over: false });
  }

  clear(): void {
    this.#planted = [];
    this.#strikes = 0;
  }

  /** Counts one thing that comes for the faults that concern it; answers the fault that strikes it. */
  arrived(concerns: (fault: F) => boolean): F | null {
    let strikes: F | null = null;
    for (const planted of this.#planted) {
      const { fault } = planted;
      if (planted.over || !concerns(fault)) continue;
      planted.arrived++;
      if (planted.arrived < (fault.at ?? 1) || strikes !== null) continue;
      planted.struck++;
      const until = fault.until ?? 'once';
      if (until === 'once' || (until === 'twice' && planted.struck === 2)) planted.over = true;
      strikes = fault;
      this.#strikes++;
    }
    return strikes;
  }

  /** Faults that have struck and last until this are over. */
  end(until: string): void {
    for (const planted of this.#planted) if (planted.struck > 0 && planted.fault.until === until) planted.over = true;
  }
}
