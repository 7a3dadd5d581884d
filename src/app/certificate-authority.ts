import type { Bytes } from '../codec/bytes.ts';

/** What an authority answers: the certificate, and the certificates between it and the root, nearest first. DER. */
export interface IssuedCertificate {
  readonly certificate: Bytes;
  readonly chain: readonly Bytes[];
}

/** What an authority may want to know beside the request. */
export interface IssueOptions {
  readonly signal?: AbortSignal;
  /** Largest certificate that the card takes in this slot, in bytes of DER, without compression. */
  readonly maxCertificateBytes?: number;
}

/**
 * Turns a checked PKCS#10 request into a certificate. The composition root or the embedder passes one or more into the
 * enrollment flow; without any, the person carries the request away and brings the certificate back.
 */
export interface CertificateAuthority {
  /** Key of the message catalogue under which the UI names it, e.g. 'demonstration'. */
  readonly id: string;
  /** What the screens call it, for an authority that the catalogue does not know. */
  readonly label?: string;
  /** True for an authority that nobody should trust: every screen that offers it says so. */
  readonly demonstration: boolean;
  /** @param request DER of the CertificationRequest. Rejects when the authority refuses it; the flow stays at the request. */
  issue(request: Bytes, options?: IssueOptions): Promise<IssuedCertificate>;
}
