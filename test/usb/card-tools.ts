import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Pcsc } from './pcsc.ts';

/** A PIV slot as the tools name it: by key reference, and by OpenSC's object number. */
export interface ToolSlot {
  readonly keyReference: '9a' | '9c';
  readonly openscId: '01' | '02';
  readonly key: 'ECCP256' | 'RSA2048';
}

export const SLOT_9A: ToolSlot = { keyReference: '9a', openscId: '01', key: 'ECCP256' };
export const SLOT_9C: ToolSlot = { keyReference: '9c', openscId: '02', key: 'RSA2048' };

/** Debian's card tools as independent judges of what stands on a card. */
export interface CardTools {
  yubico(...args: readonly string[]): Promise<string>;
  opensc(tool: 'opensc-tool' | 'pkcs15-tool' | 'pkcs11-tool', ...args: readonly string[]): Promise<string>;
  /** The certificate as each of the two reads it. */
  readCertificates(slot: ToolSlot): Promise<{ readonly yubico: X509Certificate; readonly opensc: X509Certificate }>;
  /** Signatures over `data` that each tool had the card make, checked by OpenSSL with this certificate; throws when one is wrong. */
  checkSignatures(slot: ToolSlot, certificate: X509Certificate, pin: string): Promise<void>;
  file(name: string, content?: string | Uint8Array): string;
  dispose(): void;
}

const modules = ['/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so', '/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so', '/usr/lib/opensc-pkcs11.so'];

/** Tools on one pcscd. */
export function cardTools(pcsc: Pcsc): CardTools {
  const folder = mkdtempSync(path.join(tmpdir(), 'wm-tools-'));
  const module = modules.find((candidate) => existsSync(candidate));
  const run = async (command: string, args: readonly string[]): Promise<string> => {
    const done = await pcsc.run(command, args);
    if (done.status !== 0) throw new Error(`${command} ${args[0] ?? ''} ${args[1] ?? ''} ended with ${done.status}: ${done.stderr}`);
    return done.stdout;
  };
  const file = (name: string, content?: string | Uint8Array): string => {
    const where = path.join(folder, name);
    if (content !== undefined) writeFileSync(where, content);
    return where;
  };
  const tools: CardTools = {
    file,
    yubico: (...args) => run('yubico-piv-tool', ['-r', '', ...args]),
    opensc: (tool, ...args) => run(tool, tool === 'pkcs11-tool' && module !== undefined ? ['--module', module, ...args] : args),
    readCertificates: async ({ keyReference, openscId }) => ({
      yubico: new X509Certificate(await tools.yubico('-a', 'read-certificate', '-s', keyReference)),
      opensc: new X509Certificate(await tools.opensc('pkcs15-tool', '--read-certificate', openscId)),
    }),
    checkSignatures: async ({ keyReference, openscId, key }, certificate, pin) => {
      const data = file('data', 'signed by the card');
      const publicKey = file('public.pem', certificate.publicKey.export({ type: 'spki', format: 'pem' }));
      const verify = (signature: string, of = data): string =>
        execFileSync('openssl', ['dgst', '-sha256', '-verify', publicKey, '-signature', signature, of], { encoding: 'utf8' });
      const byYubico = file('yubico.sig');
      await tools.yubico('-a', 'verify-pin', '-P', pin, '--sign', '-s', keyReference, '-H', 'SHA256', '-A', key, '-i', data, '-o', byYubico);
      verify(byYubico);
      const byOpensc = file('opensc.sig');
      const mechanism = key === 'ECCP256' ? ['--mechanism', 'ECDSA-SHA256', '--signature-format', 'openssl'] : ['--mechanism', 'SHA256-RSA-PKCS'];
      await tools.opensc(
        'pkcs11-tool',
        '--login',
        '--pin',
        pin,
        '--sign',
        '--id',
        openscId,
        ...mechanism,
        '--input-file',
        data,
        '--output-file',
        byOpensc,
      );
      verify(byOpensc);
      // The judge can say no.
      let refused = false;
      try {
        verify(byOpensc, file('other', 'something else'));
      } catch {
        refused = true;
      }
      if (!refused) throw new Error('OpenSSL took a signature over other data');
      if (readFileSync(byYubico).length === 0) throw new Error('an empty signature');
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
  return tools;
}
