/** One contender of a comparison: does `count` units of work. */
export interface Contender {
  readonly name: string;
  run(count: number): void | Promise<void>;
}

/** Median time of one unit, in milliseconds, for each contender. */
export interface Measured {
  readonly name: string;
  readonly medianMs: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/**
 * Interleaved batches in one run: each round runs every contender once, so that a slow spell of a shared machine meets all of them.
 * `batchMs` is about how long one batch takes.
 */
export async function compare(
  contenders: readonly Contender[],
  options: { readonly rounds?: number; readonly batchMs?: number } = {},
): Promise<Measured[]> {
  const rounds = options.rounds ?? 5;
  const batchMs = options.batchMs ?? 150;
  const counts: number[] = [];
  for (const contender of contenders) {
    await contender.run(2);
    const start = performance.now();
    await contender.run(3);
    counts.push(Math.max(3, Math.round(batchMs / ((performance.now() - start) / 3))));
  }
  const times: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      const count = counts[i] ?? 3;
      const start = performance.now();
      await contender.run(count);
      times[i]?.push((performance.now() - start) / count);
    }
  }
  return contenders.map((contender, i) => ({ name: contender.name, medianMs: median(times[i] ?? []) }));
}
