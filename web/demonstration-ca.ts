import type { CertificateAuthority, IssuedCertificate } from '../src/app/certificate-authority.ts';
import type { Bytes } from '../src/codec/bytes.ts';
import {
  CertificateError,
  createCertificate,
  encodeSpki,
  keyIdentifier,
  type KeyUsage,
  parseCertificate,
  parseRequest,
  requestIsGenuine,
} from '../src/crypto/certificates/index.ts';
import { type AuthorityKey, makeKey, randomSerial, readKey } from './demonstration-ca/key.ts';

/** Where the demonstration key lasts from visit to visit; the pages pass their localStorage. */
export interface AuthorityStore {
  load(): string | undefined;
  save(text: string): void;
}

export interface DemonstrationOptions {
  /** Without one the key lives as long as the object. */
  readonly store?: AuthorityStore;
  readonly now?: () => Date;
}

/** A demonstration authority: it issues for anybody and nobody should trust it. */
export interface DemonstrationAuthority extends CertificateAuthority {
  /** DER of the self-signed certificate. */
  root(): Promise<Bytes>;
}

const YEAR_MS = 365 * 24 * 3600 * 1000;
/** Clocks of other machines may be behind. */
const SKEW_MS = 5 * 60 * 1000;
const HOLDER_USAGES: readonly KeyUsage[] = ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement'];

/**
 * An authority in the page: P-256, certificates of one year, alternative names and purposes as asked for. It refuses a request
 * that is not signed by its own key and never certifies another authority.
 */
export function createDemonstrationAuthority(options: DemonstrationOptions = {}): DemonstrationAuthority {
  const now = options.now ?? ((): Date => new Date());
  let pending: Promise<AuthorityKey> | undefined;

  async function open(): Promise<AuthorityKey> {
    const text = options.store?.load();
    const kept = text === undefined ? undefined : await readKey(text, now());
    if (kept !== undefined) return kept;
    const { key, stored } = await makeKey(now());
    options.store?.save(stored);
    return key;
  }

  function authority(): Promise<AuthorityKey> {
    pending ??= open();
    return pending;
  }

  async function issue(der: Bytes): Promise<IssuedCertificate> {
    const request = parseRequest(der);
    if (!(await requestIsGenuine(request))) throw new CertificateError('bad-signature', 'the request is not signed by its own key');
    if (request.publicKey === undefined) throw new CertificateError('unsupported', 'a public key of an unknown kind');
    if (request.subject.length === 0 && request.alternativeNames.length === 0) throw new CertificateError('bad-name', 'the request names nobody');
    const { key, at } = { key: await authority(), at: now() };
    const root = parseCertificate(key.certificate);
    const spki = encodeSpki(request.publicKey);
    const asked = (request.keyUsage ?? ['digitalSignature']).filter((usage) => HOLDER_USAGES.includes(usage));
    const certificate = await createCertificate(
      {
        serialNumber: randomSerial(),
        issuer: root.subjectDer,
        subject: request.subjectDer,
        notBefore: new Date(at.getTime() - SKEW_MS),
        notAfter: new Date(at.getTime() + YEAR_MS),
        spki,
        extensions: {
          basicConstraints: { authority: false },
          keyUsage: asked.length === 0 ? ['digitalSignature'] : asked,
          purposes: request.purposes ?? ['clientAuth'],
          alternativeNames: request.alternativeNames,
          subjectKeyIdentifier: await keyIdentifier(spki),
          ...(root.subjectKeyIdentifier === undefined ? {} : { authorityKeyIdentifier: root.subjectKeyIdentifier }),
        },
      },
      { kind: 'ecdsa', hash: 'SHA-256', form: 'der' },
      (toBeSigned) => key.sign(toBeSigned),
    );
    return { certificate, chain: [key.certificate] };
  }

  return { id: 'demonstration', demonstration: true, issue, root: async () => (await authority()).certificate };
}
