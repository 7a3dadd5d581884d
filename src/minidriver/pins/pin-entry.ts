import type { CardEdge, EdgePin } from '../card-edge.ts';
import { fail } from '../cardmod/error.ts';

/** What a page may show beside PIN entry on a reader (S707 4.2.6): the driver itself shows nothing. */
export interface PinEntryHint {
  readonly operation: 'verify' | 'change';
  readonly pinId: number;
  /** CP_PARENT_WINDOW: where to show it; 0 = not told. */
  readonly parentWindow: object | 0;
  /** CP_PIN_CONTEXT_STRING: what the PIN is wanted for. */
  readonly contextString: string | null;
  /** Ends the entry: SCARD_W_CANCELLED_BY_USER. */
  cancel(): void;
}

/** Called when PIN entry on the reader begins; what it gives back is called when the entry is over. */
export type PinEntryNotice = (hint: PinEntryHint) => () => void;

/** What PIN entry needs of a card context. */
interface EntryContext extends Pick<PinEntryHint, 'parentWindow'> {
  readonly pinContextString: string | null;
  readonly onPinEntry: PinEntryNotice | undefined;
  card(): Promise<CardEdge>;
}

/**
 * PIN entry outside the page, for PINs of external type (S707 4.2.6). The PIN never comes here. No session PIN comes of it (CHOICES.md, external-pin).
 * @throws MinidriverError SCARD_E_UNSUPPORTED_FEATURE without such a reader, SCARD_W_CANCELLED_BY_USER, ERROR_TIMEOUT, SCARD_E_INVALID_CHV
 */
export async function enteredOnReader(context: EntryContext, pin: EdgePin, operation: PinEntryHint['operation']): Promise<void> {
  const edge = await context.card();
  const stop = new AbortController();
  const entry = operation === 'verify' ? edge.enterPin?.bind(edge) : edge.enterNewPin?.bind(edge);
  if (entry === undefined) fail('SCARD_E_UNSUPPORTED_FEATURE', 'the reader does not do this');
  const { parentWindow, pinContextString: contextString } = context;
  const over = context.onPinEntry?.({ operation, pinId: pin.id, parentWindow, contextString, cancel: () => stop.abort() });
  try {
    await entry(pin.id, { signal: stop.signal });
  } catch (error) {
    if (stop.signal.aborted) fail('SCARD_W_CANCELLED_BY_USER', 'PIN entry was cancelled');
    throw error;
  } finally {
    over?.();
  }
}
