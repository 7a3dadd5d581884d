import { execFileSync } from 'node:child_process';
import { createPublicKey, createVerify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPivCard } from '../../src/simulator/card/index.ts';
import { createSimulatedReader } from '../../src/simulator/reader/index.ts';
import { startBus } from './lab.ts';
import { KNOWN_READER, type Pcsc, startPcsc } from './pcsc.ts';

let folder: string;
let pcsc: Pcsc;
let bus: Awaited<ReturnType<typeof startBus>>;
const reader = createSimulatedReader({ ...KNOWN_READER, cards: [createPivCard({ profile: 'yubikey-5.4' })] });

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wm-piv-'));
  bus = await startBus();
  pcsc = await startPcsc(bus, bus.plug('1-1', reader.device));
});

afterAll(async () => {
  await pcsc?.stop();
  await bus?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A certificate for a public key, by OpenSSL: the tool's own self-signing fails with OpenSSL 3. */
function certify(publicKey: string, certificate: string): void {
  const [issuerKey, request] = [path.join(folder, 'issuer-key.pem'), path.join(folder, 'request.pem')];
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', issuerKey, '-subj', '/CN=Simulated', '-out', request);
  openssl('x509', '-req', '-in', request, '-signkey', issuerKey, '-force_pubkey', publicKey, '-days', '30', '-out', certificate);
}

describe('card tools on the simulated PIV card in the simulated reader, through libccid', () => {
  it('opensc-tool reads the ATR and selects PIV', async () => {
    const atr = await pcsc.run('opensc-tool', ['--atr']);
    expect(atr.stdout.trim().replaceAll(':', '')).toBe(Buffer.from(reader.cardIn()?.atr ?? []).toString('hex'));
    const select = await pcsc.run('opensc-tool', ['-s', '00:a4:04:00:09:a0:00:00:03:08:00:00:10:00:00']);
    expect(select.stdout.replace(/\s+/g, ' ')).toMatch(/SW1=0x90, SW2=0x00\): 61 /);
  });

  it('yubico-piv-tool makes a key, certifies it, and the card signs', async () => {
    const key = path.join(folder, 'key.pem');
    const tool = async (...args: string[]): Promise<string> => {
      const done = await pcsc.run('yubico-piv-tool', ['-r', '', ...args]);
      expect(done.status, done.stderr).toBe(0);
      return done.stdout;
    };
    await tool('-a', 'generate', '-s', '9a', '-A', 'ECCP256', '-o', key);
    const certificate = path.join(folder, 'certificate.pem');
    certify(key, certificate);
    await tool('-a', 'import-certificate', '-s', '9a', '-i', certificate);
    expect(await tool('-a', 'read-certificate', '-s', '9a')).toBe(readFileSync(certificate, 'utf8'));
    const [data, signature] = [path.join(folder, 'data'), path.join(folder, 'signature')];
    writeFileSync(data, 'signed by the simulated card');
    await tool('-a', 'verify-pin', '-P', '123456', '--sign', '-s', '9a', '-H', 'SHA256', '-A', 'ECCP256', '-i', data, '-o', signature);
    const verify = (text: Buffer): boolean =>
      createVerify('sha256')
        .update(text)
        .verify(createPublicKey(readFileSync(key)), readFileSync(signature));
    expect(verify(readFileSync(data))).toBe(true);
    expect(verify(Buffer.from('something else'))).toBe(false);
  });
});
