import { CARD_CREATE_CONTAINER_KEY_GEN, keySpecOf } from '../../minidriver/index.ts';
import { FlowError } from '../errors.ts';
import { keyTypeOfName, usageFor } from '../key-types.ts';
import type { KeyTypeName } from '../card-summary.ts';
import { pinIdFor } from './key-choice.ts';
import { readContainerKey, readPlace } from './reading.ts';
import { type MadeRequest, makeRequest } from './request.ts';
import { signWithCard } from './signing.ts';
import type { Job } from './stage.ts';
import type { KeyPlan } from './state.ts';
import { familyPlace, freshPin, provision, showWaiting, whileSigning, type Work } from './work.ts';

/** CardCreateContainerEx: a new key in the place of `work`. Answers the work with the place as it is now. */
async function generate(job: Job, work: Work, keyType: KeyTypeName): Promise<Work> {
  const { stage, session, place, ledger } = work;
  const { containerIndex } = place;
  const type = keyTypeOfName(keyType);
  const keySpec = keySpecOf(type, usageFor(place.purpose, type));
  const bits = type.kind === 'rsa' ? type.keyBits : 0;
  await provision(work);
  stage.show(job, { kind: 'generating', place, keyType, waiting: 'no' });
  session.onWaiting = () => showWaiting(work, 'card');
  const before = place.hasKey ? (await readContainerKey(session, containerIndex))?.publicKey : undefined;
  await ledger.makeKey(before, () =>
    session.card.CardCreateContainerEx(containerIndex, CARD_CREATE_CONTAINER_KEY_GEN, keySpec, bits, null, pinIdFor(session.edge, place)),
  );
  const made = await readPlace(session, familyPlace(work), work.now());
  ledger.keyMade(made, session.familyCard.tellsKeys);
  work.onPlace(made);
  return { ...work, place: made };
}

/**
 * The request of an enrollment: makes the key where the plan says so, and has the card sign the request with it.
 * @throws FlowError `slot-without-public-key`, `request-self-check`; MinidriverError, CardEdgeError
 */
export async function produceRequest(job: Job, work: Work, plan: KeyPlan): Promise<MadeRequest> {
  const { stage, session, ledger } = work;
  session.onAdministration = () => ledger.administered();
  const { key } = plan;
  const at = key.kind === 'generate' ? await generate(job, work, key.keyType) : work;
  const { containerIndex } = at.place;
  const found = await readContainerKey(session, containerIndex);
  if (found?.publicKey === undefined) throw new FlowError('slot-without-public-key', 'nothing tells the public key');
  const signing = { containerIndex, usage: found.usage, publicKey: found.publicKey };
  stage.show(job, { kind: 'signing', place: at.place, subject: plan.subject, waiting: 'no' });
  const { maxCertificateBytes } = session.edge.capabilities;
  return makeRequest(at.place, plan, signing, maxCertificateBytes, async (toBeSigned, scheme) => {
    await freshPin(job, at, 'sign-request');
    return whileSigning(at, { containerIndex, madeNow: key.kind === 'generate' }, () => signWithCard(session, signing, scheme, toBeSigned));
  });
}
