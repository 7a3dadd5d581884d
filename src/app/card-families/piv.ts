import { fromHex } from '../../codec/hex.ts';
import { systemRandom } from '../../codec/random.ts';
import { CardError, FACTORY_MANAGEMENT_KEY, hasProtectedManagementKey, managementAlgorithmOf, PivSession, SLOTS } from '../../piv/index.ts';
import { PivEdge } from '../../piv/card-edge/edge.ts';
import { guarded } from '../../piv/card-edge/errors.ts';
import type { PlacePurpose } from '../card-summary.ts';
import type { CardFamily, FamilyPlace } from './family.ts';

const PURPOSES: readonly PlacePurpose[] = ['authentication', 'signature', 'key-management', 'card-authentication'];

/** Key references 9A, 9C, 9D, 9E, 82..95 (SP 800-73-4 part 1, table 4). */
const PLACES: readonly FamilyPlace[] = SLOTS.map(({ name, pin }, containerIndex) => ({
  containerIndex,
  place: name,
  purpose: PURPOSES[containerIndex] ?? 'retired',
  pinAlways: pin === 'always',
}));

/** Answers undefined where a plain card does not know the question; everything else is passed on. */
async function unlessRefused<T>(body: () => Promise<T>): Promise<T | undefined> {
  try {
    return await guarded(body);
  } catch (error) {
    if (error instanceof Error && error.cause instanceof CardError) return undefined;
    throw error;
  }
}

/** PIV cards (SP 800-73-4). */
export const pivFamily: CardFamily = {
  id: 'piv',
  places: PLACES,
  open: (transaction, options) =>
    guarded(async () => {
      const session = await PivSession.open(transaction);
      return {
        edge: new PivEdge(session, { random: systemRandom, today: () => new Date(), ...options }),
        tellsKeys: session.profile.features.has('metadata'),
        managementAlgorithm: () => unlessRefused(async () => (await managementAlgorithmOf(session)).name),
        managementKeyProtected: async () => (await unlessRefused(() => hasProtectedManagementKey(session))) ?? false,
      };
    }),
  defaultManagementKey: (algorithm) => (algorithm === '3DES' || algorithm === 'AES-192' ? fromHex(FACTORY_MANAGEMENT_KEY) : undefined),
};
