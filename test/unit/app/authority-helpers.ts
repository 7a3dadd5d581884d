import type { CertificateAuthority } from '../../../src/app/certificate-authority.ts';
import { copy } from '../../../src/codec/bytes.ts';
import { toHex } from '../../../src/codec/hex.ts';
import { ecdsaRawToDer } from '../../../src/crypto/ec.ts';
import { buildName, createCertificate, type KeyUsage, parseName, parseRequest } from '../../../src/crypto/certificates/index.ts';

const DAY_MS = 24 * 3600 * 1000;

/** In what a certificate deviates from the request and from the ordinary. */
export interface TestCertificate {
  readonly subject?: string;
  readonly notBeforeDays?: number;
  readonly notAfterDays?: number;
  readonly keyUsage?: readonly KeyUsage[];
  readonly purposes?: readonly string[];
  /** Random text in the alternative names, so that no compression makes it small. */
  readonly fillerBytes?: number;
  /** Empty: the issuer's certificate does not come along. */
  readonly others?: readonly [];
  readonly demonstration?: boolean;
}

/** An authority with a key of WebCrypto's that issues what a test wants. */
export async function testAuthority(change: TestCertificate): Promise<CertificateAuthority> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const scheme = { kind: 'ecdsa', hash: 'SHA-256', form: 'der' } as const;
  const sign = async (message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
    ecdsaRawToDer('P-256', copy(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, message)));
  const issuer = buildName(parseName('CN=Test Authority'));
  const day = (days: number): Date => new Date(Math.floor(Date.now() / 1000) * 1000 + days * DAY_MS);
  const base = { issuer, notBefore: day(-1), notAfter: day(30), serialNumber: Uint8Array.of(1) };
  const root = await createCertificate(
    {
      ...base,
      subject: issuer,
      spki: copy(await crypto.subtle.exportKey('spki', pair.publicKey)),
      extensions: { basicConstraints: { authority: true }, keyUsage: ['keyCertSign'] },
    },
    scheme,
    sign,
  );
  return {
    id: 'test',
    demonstration: change.demonstration === true,
    async issue(der) {
      const request = parseRequest(der);
      const filler = toHex(crypto.getRandomValues(new Uint8Array(change.fillerBytes ?? 0))).match(/.{1,64}/g) ?? [];
      const certificate = await createCertificate(
        {
          ...base,
          subject: change.subject === undefined ? request.subjectDer : buildName(parseName(change.subject)),
          notBefore: day(change.notBeforeDays ?? -1),
          notAfter: day(change.notAfterDays ?? 30),
          ...(change.notAfterDays === undefined ? {} : { notBefore: day(-20) }),
          spki: request.spki,
          extensions: {
            keyUsage: change.keyUsage ?? request.keyUsage ?? [],
            purposes: change.purposes ?? request.purposes ?? [],
            alternativeNames: filler.map((text) => ({ kind: 'uri', value: `urn:${text}` })),
          },
        },
        scheme,
        sign,
      );
      return { certificate, chain: change.others ?? [root] };
    },
  };
}
