import type { Clock } from '../../codec/clock.ts';
import type { Trace } from '../../codec/trace.ts';
import type { EntryPointName } from '../cardmod/card-data.ts';
import { MinidriverError } from '../cardmod/error.ts';
import { RETURN_CODES } from '../cardmod/return-codes.ts';

/** Runs one call and records its name, its return code and how long it took. */
export async function traced<T>(
  watch: { readonly clock: Clock; readonly trace: Trace },
  entryPoint: EntryPointName | 'CardAcquireContext',
  detail: string | undefined,
  body: () => Promise<T>,
): Promise<T> {
  const start = watch.clock.nowMs();
  let result: number = RETURN_CODES.SCARD_S_SUCCESS;
  try {
    return await body();
  } catch (error) {
    result = error instanceof MinidriverError ? error.dwCode : RETURN_CODES.SCARD_E_UNEXPECTED;
    throw error;
  } finally {
    watch.trace({
      layer: 'minidriver',
      kind: 'call',
      entryPoint,
      ...(detail === undefined ? {} : { detail }),
      result,
      durationMs: watch.clock.nowMs() - start,
    });
  }
}
