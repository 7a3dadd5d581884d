import { copy, fromHex, systemRandom } from '../../src/codec/index.ts';
import type { CardTransaction } from '../../src/channel/index.ts';
import { aesCmac, agree, digest, ecdsaRawToDer, loadKey, rsaOaepEncrypt, rsaPkcs1Encrypt, verifySignature } from '../../src/crypto/index.ts';
import {
  certificateSignedBy,
  createRequest,
  issuedBy,
  parseCertificate,
  parseRequest,
  requestIsGenuine,
} from '../../src/crypto/certificates/index.ts';
import { decodeEccPrivateKeyBlob, decodePublicKeyBlob, decodeRsaPrivateKeyBlob, type EdgePublicKey } from '../../src/minidriver/index.ts';
import {
  authenticateManagement,
  blockForReset,
  derivedManagementKey,
  openPivEdgeWith,
  PivSession,
  protectManagementKey,
  protectedManagementKey,
  resetApplication,
  typedManagementKey,
  verifyPin,
} from '../../src/piv/index.ts';
import { type Material, PIN } from './minidriver-operations.ts';

/* What PIV and the host do beside the 45 entry points. */

const DECRYPTION = 2;
const RETIRED_12 = 15;

/** Runs one named operation, counted. */
export type Counted = <T>(name: string, run: () => Promise<T>) => Promise<T>;

/** Mutual authentication of key 9B, whatever its algorithm; on a card of its own application session. */
export async function managementSteps(card: CardTransaction, key: string, algorithm: string, counted: Counted): Promise<void> {
  const piv = await PivSession.open(card);
  await counted(`PIV: key 9B with ${algorithm}`, () => authenticateManagement(piv, typedManagementKey(fromHex(key))));
}

/** On a card that the entry points left: keys in containers 0, 2, 4 and 5, PIN 123456. */
export async function pivSteps(card: CardTransaction, material: Material, counted: Counted): Promise<void> {
  const managementKey = (): ReturnType<typeof typedManagementKey> => typedManagementKey(fromHex(material.managementKey));
  const edge = await openPivEdgeWith(card, { atr: card.atr, random: systemRandom, today: () => new Date(), managementKey });
  await counted('PIV: verify the PIN', () => edge.verifyPin(1, PIN));
  // The first write authenticates key 9B.
  const made = await edge.generate({ containerIndex: RETIRED_12, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 1 });
  await counted('PIV: CHUID and CCC', () => edge.provision());
  const { statement, issuer } = await counted('PIV: attestation', () => edge.attest(RETIRED_12));
  if (issuer === undefined) throw new Error('no attestation authority');
  const chain = [parseCertificate(statement), parseCertificate(issuer)] as const;
  await truly(counted('PIV: check an attestation', () => issuedBy(...chain)));
  await truly(counted('PIV: check a certificate', () => certificateSignedBy(chain[0], keyOf(chain[1].publicKey))));
  const request = await counted('PIV: certificate request', () =>
    createRequest({ subject: 'CN=Holder', publicKey: made }, async (toBeSigned) =>
      ecdsaRawToDer('P-256', await edge.ecdsaSign(RETIRED_12, await digest('SHA-256', toBeSigned))),
    ),
  );
  await truly(counted('PIV: check a request', () => requestIsGenuine(parseRequest(request))));
  await counted('PIV: inspection', () => edge.inspect());
  await edge.verifyPin(1, PIN);
  const { slots } = await counted('PIV: inspection with a proof of each key', () => edge.inspectPiv({ proveKeys: true }));
  if (slots.filter(({ keyProven }) => keyProven === true).length < 3) throw new Error('keys were not proven');
  const { publicKey } = await counted('PIV: renewal', () => edge.prepareRenewal(DECRYPTION, { keyType: { kind: 'rsa', keyBits: 2048 } }));
  if (publicKey.kind !== 'rsa') throw new Error('another key than was asked for');
  await counted('PIV: repair the key history', () => edge.repairKeyHistory());
  await protectedSteps(card, material, counted);
}

/** Ways to keep key 9B, and the end of everything on the card. */
async function protectedSteps(card: CardTransaction, material: Material, counted: Counted): Promise<void> {
  const piv = await PivSession.open(card);
  await authenticateManagement(piv, typedManagementKey(fromHex(material.managementKey)));
  await verifyPin(piv, copy(PIN));
  await counted('PIV: put key 9B behind the PIN', () => protectManagementKey(piv));
  const holder = await counted('PIV: take key 9B from behind the PIN', () => protectedManagementKey(piv));
  if (holder === undefined) throw new Error('the key is not behind the PIN');
  await counted('PIV: make key 9B from the PIN', () => derivedManagementKey(copy(PIN), new Uint8Array(16)));
  await counted('PIV: block for a reset', () => blockForReset(piv, 'everything on this card will be lost', systemRandom));
  await counted('PIV: reset', () => resetApplication(piv));
}

/** RSA with a key on the host: what a card never does. */
export async function hostSteps(material: Material, counted: Counted): Promise<void> {
  const { modulus: n, publicExponent: e, d, p, q, dP, dQ, qInv } = decodeRsaPrivateKeyBlob(fromHex(material.keys.rsaSign.blob), 'signature');
  const loaded = await counted('host: load an RSA key', () => loadKey({ n, e, d, p, q, dP, dQ, qInv }));
  const result = await counted('host: RSA with a private key', async () => loaded.privateOp(fromHex(material.block)));
  loaded.wipe();
  const publicKey = { kind: 'rsa', modulus: n, publicExponent: e } as const;
  const message = new Uint8Array(16);
  await counted('host: encrypt PKCS#1', () => rsaPkcs1Encrypt(publicKey, message));
  await counted('host: encrypt OAEP', () => rsaOaepEncrypt(publicKey, message, { hash: 'SHA-256' }));
  const scheme = { kind: 'rsa-pkcs1', hash: 'SHA-256' } as const;
  await counted('host: check an RSA signature', () => verifySignature(publicKey, scheme, result, message));
  const { d: secret } = decodeEccPrivateKeyBlob(fromHex(material.keys.ecdh.blob), 'P-256', 'key-exchange');
  const { key: other } = decodePublicKeyBlob(fromHex(material.other));
  if (other.kind !== 'ec') throw new Error('not an EC key');
  await counted('host: agree with an EC key', () => agree('P-256', secret, other.point));
  await counted('host: AES-CMAC', async () => aesCmac(message, message));
}

function keyOf(key: EdgePublicKey | undefined): EdgePublicKey {
  if (key === undefined) throw new Error('an unknown kind of key');
  return key;
}

async function truly(check: Promise<boolean>): Promise<void> {
  if (!(await check)) throw new Error('a genuine signature was refused');
}
