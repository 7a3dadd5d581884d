import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPivCard } from '../../src/simulator/card/index.ts';
import { createSimulatedReader } from '../../src/simulator/reader/index.ts';
import { type CardTools, cardTools, SLOT_9A, SLOT_9C, type ToolSlot } from './card-tools.ts';
import { startBus } from './lab.ts';
import { KNOWN_READER, type Pcsc, startPcsc } from './pcsc.ts';

const PIN = '123456';
let pcsc: Pcsc;
let tools: CardTools;
let bus: Awaited<ReturnType<typeof startBus>>;
const reader = createSimulatedReader({ ...KNOWN_READER, level: 'short-apdu', cards: [createPivCard({ profile: 'yubikey-5.4' })] });

beforeAll(async () => {
  bus = await startBus();
  pcsc = await startPcsc(bus, bus.plug('1-1', reader.device));
  tools = cardTools(pcsc);
});

afterAll(async () => {
  tools?.dispose();
  await pcsc?.stop();
  await bus?.[Symbol.asyncDispose]();
});

/** A certificate for a public key, by OpenSSL: the tool's own self-signing fails with OpenSSL 3. */
function certify(publicKey: string): string {
  const [issuerKey, request, certificate] = [tools.file('issuer-key.pem'), tools.file('request.pem'), tools.file('certificate.pem')];
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', issuerKey, '-subj', '/CN=Simulated', '-out', request);
  openssl('x509', '-req', '-in', request, '-signkey', issuerKey, '-force_pubkey', publicKey, '-days', '30', '-out', certificate);
  return certificate;
}

describe('card tools on the simulated PIV card in the simulated reader, through libccid', () => {
  it('opensc-tool reads the ATR, knows the card and selects PIV', async () => {
    const atr = await tools.opensc('opensc-tool', '--atr');
    expect(atr.trim().replaceAll(':', '')).toBe(Buffer.from(reader.cardIn()?.atr ?? []).toString('hex'));
    expect(await tools.opensc('opensc-tool', '--name')).toMatch(/PIV|YubiKey|Personal Identity/i);
    const select = await tools.opensc('opensc-tool', '-s', '00:a4:04:00:09:a0:00:00:03:08:00:00:10:00:00');
    expect(select.replace(/\s+/g, ' ')).toMatch(/SW1=0x90, SW2=0x00\): 61 /);
  });

  it.each([SLOT_9A, SLOT_9C])(
    '$keyReference: a key is made and certified, both tools read the certificate and have the card sign',
    async (slot: ToolSlot) => {
      const key = tools.file('key.pem');
      await tools.yubico('-a', 'generate', '-s', slot.keyReference, '-A', slot.key, '-o', key);
      const certificate = certify(key);
      await tools.yubico('-a', 'import-certificate', '-s', slot.keyReference, '-i', certificate);
      const expected = new X509Certificate(readFileSync(certificate));
      const read = await tools.readCertificates(slot);
      expect(read.yubico.fingerprint256).toBe(expected.fingerprint256);
      expect(read.opensc.fingerprint256).toBe(expected.fingerprint256);
      await tools.checkSignatures(slot, expected, PIN);
    },
  );
});
