import { equal } from '../../codec/bytes.ts';
import { type Certificate, schemeFor } from '../../crypto/certificates/index.ts';
import { samePublicKey } from '../../crypto/public-key.ts';
import { verifySignature } from '../../crypto/verify.ts';
import { certificateFileName, EveryoneReadUserWriteAc, type EdgeUsage, szBASE_CSP_DIR } from '../../minidriver/index.ts';
import { summarize } from '../certificate-summary.ts';
import { FlowError } from '../errors.ts';
import { readContainerKey, readPlace } from './reading.ts';
import { signWithCard, type SigningKey } from './signing.ts';
import type { Job } from './stage.ts';
import type { EnrollmentResult } from './state.ts';
import { familyPlace, freshPin, provision, whileSigning, type Work } from './work.ts';

/** Bytes of the message that the card signs to show that key and certificate belong together. */
const TEST_BYTES = 32;

/**
 * The certificate's key in the place. A card that does not tell its keys may have none there in its own words: the key of our request is
 * then taken at its word, and the test signature decides.
 * @throws FlowError `key-changed`
 */
async function keyInPlace(work: Work, certificate: Certificate, requested: EdgeUsage | undefined): Promise<SigningKey & { readonly told: boolean }> {
  const { containerIndex } = work.place;
  const { publicKey } = certificate;
  const found = await readContainerKey(work.session, containerIndex);
  const usage = found?.usage ?? requested;
  const other = found?.publicKey !== undefined && publicKey !== undefined && !samePublicKey(found.publicKey, publicKey);
  // With a word of the card on its keys, another key is another key; without one it is only what the old certificate says.
  const certain = work.session.familyCard.tellsKeys;
  if (publicKey === undefined || usage === undefined || (other && (certain || requested === undefined)))
    throw new FlowError('key-changed', 'the place holds another key now');
  return { containerIndex, usage, publicKey, told: found !== undefined };
}

async function write(work: Work, key: SigningKey & { readonly told: boolean }, certificate: Certificate): Promise<void> {
  const { card } = work.session;
  const file = certificateFileName(key.containerIndex, key.usage);
  if (!key.told) await card.CardCreateFile(szBASE_CSP_DIR, file, certificate.der.length, EveryoneReadUserWriteAc);
  await card.CardWriteFile(szBASE_CSP_DIR, file, 0, certificate.der);
  if (!equal(await card.CardReadFile(szBASE_CSP_DIR, file, 0), certificate.der))
    throw new FlowError('read-back-differs', 'the card gives back another certificate');
}

/** A signature by the card over fresh octets, verified with the certificate's key. @throws FlowError `test-signature` */
async function testSignature(job: Job, work: Work, key: SigningKey): Promise<void> {
  const message = work.random(TEST_BYTES);
  const scheme = schemeFor(key.publicKey);
  await freshPin(job, work, 'test-signature');
  const signature = await whileSigning(work, { ...key, madeNow: work.ledger.keyReplaced }, () => signWithCard(work.session, key, scheme, message));
  if (!(await verifySignature(key.publicKey, scheme, signature, message)))
    throw new FlowError('test-signature', 'the key on the card is not the one of the certificate');
}

/**
 * CardWriteFile, read back, test signature.
 * @param requested usage of the key that our request was made for
 * @throws FlowError `key-changed`, `read-back-differs`, `test-signature`; MinidriverError, CardEdgeError
 */
export async function storeCertificate(
  job: Job,
  work: Work,
  certificate: Certificate,
  requested: EdgeUsage | undefined,
): Promise<Pick<EnrollmentResult, 'place' | 'certificate'>> {
  const { stage, session, ledger } = work;
  session.onAdministration = () => ledger.administered();
  const summary = await summarize(certificate, work.now());
  const key = await keyInPlace(work, certificate, requested);
  await provision(work);
  stage.show(job, { kind: 'writing', place: work.place, certificate: summary });
  await ledger.writeCertificate(summary.fingerprintSha256, () => write(work, key, certificate));
  const place = await readPlace(session, familyPlace(work), work.now());
  ledger.certificateWritten(place);
  work.onPlace(place);
  stage.show(job, { kind: 'verifying', place, certificate: summary, waiting: 'no' });
  await testSignature(job, { ...work, place }, key);
  return { place, certificate: summary };
}
