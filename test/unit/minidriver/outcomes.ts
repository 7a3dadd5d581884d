import { expect } from 'vitest';
import { LayerError } from '../../../src/codec/index.ts';
import { MinidriverError, type ReturnCodeName } from '../../../src/minidriver/index.ts';

/** The failure that a call ended with. */
export async function failure(call: Promise<unknown>): Promise<MinidriverError> {
  try {
    await call;
  } catch (error) {
    expect(error, String(error)).toBeInstanceOf(MinidriverError);
    expect(error).toBeInstanceOf(LayerError);
    return error as MinidriverError;
  }
  throw new Error('the call succeeded');
}

/** Name of the code that a call ended with. */
export async function code(call: Promise<unknown>): Promise<ReturnCodeName> {
  let succeeded = false;
  const watched = call.then((value) => {
    succeeded = true;
    return value;
  });
  return failure(watched).then(
    ({ reason }) => reason,
    (error: unknown) => {
      if (succeeded) return 'SCARD_S_SUCCESS';
      throw error;
    },
  );
}

/** A NULL where the types do not allow one, as a JavaScript caller may pass it. */
export const NULL = null as never;
