import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Bytes, copy } from '../../../src/codec/bytes.ts';
import { certificatesFrom, fromPem } from '../../../src/crypto/certificates/index.ts';

/* Authorities, requests and statements made by OpenSSL in a folder of their own, and what `openssl verify` says of a path. */

export interface Made {
  /** Name of the key to certify; a new one when left out. */
  readonly key?: string;
  readonly days?: string;
  /** Common name; the certificate's own name when left out. */
  readonly subject?: string;
}

/** Extensions of an authority. */
export const authority = (pathLength?: number): string =>
  `basicConstraints=critical,CA:TRUE${pathLength === undefined ? '' : `,pathlen:${pathLength}`}\nkeyUsage=critical,keyCertSign\n`;

/** Yubico's extensions of a statement. */
export const facts = (firmware = '05:07:01', policy = '03:02', more = ''): string =>
  `1.3.6.1.4.1.41482.3.3=DER:${firmware}\n1.3.6.1.4.1.41482.3.7=DER:02:04:01:02:03:04\n1.3.6.1.4.1.41482.3.8=DER:${policy}\n1.3.6.1.4.1.41482.3.9=DER:01\n${more}`;

export class OpensslPaths {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'paths-'));

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  file(name: string): string {
    return path.join(this.#folder, name);
  }

  run(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'pipe' });
  }

  der(name: string): Bytes {
    return copy(certificatesFrom(readFileSync(this.file(`${name}.pem`)))[0]!);
  }

  /** The request for a key of this name. */
  request(name: string): Bytes {
    return copy(fromPem(readFileSync(this.file(`${name}.csr`), 'utf8'))[0]!.der);
  }

  newRequest(name: string): void {
    this.run('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
    this.run('req', '-new', '-key', `${name}.key`, '-subj', '/CN=Holder', '-out', `${name}.csr`);
  }

  /** A certificate by `issuer`, or by itself when that is undefined. */
  certificate(name: string, issuer: string | undefined, extensions: string, o: Made = {}): void {
    writeFileSync(this.file(`${name}.ext`), extensions);
    const key = o.key ?? name;
    if (o.key === undefined) this.run('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
    this.run('req', '-new', '-key', `${key}.key`, '-subj', `/CN=${o.subject ?? name}`, '-out', `${name}.tmp`);
    const signer = issuer === undefined ? ['-signkey', `${name}.key`] : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-CAcreateserial'];
    this.run('x509', '-req', '-in', `${name}.tmp`, ...signer, '-days', o.days ?? '30', '-extfile', `${name}.ext`, '-out', `${name}.pem`);
  }

  /** `more`: further options of `openssl verify`. */
  opensslAccepts(chain: readonly string[], anchor: string, leaf: string, more: readonly string[] = []): boolean {
    writeFileSync(this.file('chain.pem'), chain.map((name) => readFileSync(this.file(`${name}.pem`), 'utf8')).join(''));
    const between = chain.length === 0 ? [] : ['-untrusted', 'chain.pem'];
    try {
      this.run('verify', ...more, '-CAfile', `${anchor}.pem`, ...between, `${leaf}.pem`);
      return true;
    } catch {
      return false;
    }
  }
}
