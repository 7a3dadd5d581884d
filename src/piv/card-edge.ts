import type { CardTransaction } from '../channel/types.ts';
import { systemRandom } from '../codec/random.ts';
import type { OpenEdge } from '../minidriver/card-edge.ts';
import { PivEdge, type PivEdgeOptions } from './card-edge/edge.ts';
import { guarded } from './card-edge/errors.ts';
import { PivSession } from './session.ts';

/** Opens PIV on a transaction with a random source and a calendar of the caller's. @throws CardEdgeError `unknown-card` when PIV is not there */
export function openPivEdgeWith(transaction: CardTransaction, options: PivEdgeOptions): Promise<PivEdge> {
  return guarded(async () => new PivEdge(await PivSession.open(transaction, options), options));
}

/** Opens PIV for the minidriver. @throws CardEdgeError `unknown-card` when PIV is not there */
export const openPivEdge: OpenEdge<CardTransaction> = (transaction, options) =>
  openPivEdgeWith(transaction, { random: systemRandom, today: () => new Date(), ...options });
