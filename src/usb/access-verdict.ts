import type { AccessVerdict } from './access.ts';
import { claimVerdict } from './claim-verdict.ts';
import { UsbError } from './errors.ts';
import { environmentVerdict, READY, type UsbEnvironment } from './verdict.ts';

/** The verdict on one reader after trying to claim it; `failure` is what that threw, undefined when it worked. */
export function accessVerdict(environment: UsbEnvironment, failure: unknown): AccessVerdict {
  const general = environmentVerdict(environment);
  if (general !== undefined) return general;
  return failure === undefined ? READY : claimVerdict(environment, failure instanceof UsbError ? failure.reason : undefined);
}
