import { Iso7816Error } from '../../../src/iso7816/index.ts';

/** Why it was refused; 'none' when it was not. */
export function reasonOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Iso7816Error) return error.reason;
    throw error;
  }
  return 'none';
}
