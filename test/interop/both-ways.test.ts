import { constants, createPublicKey, generateKeyPairSync, publicEncrypt, diffieHellman, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, copy } from '../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../src/codec/hex.ts';
import { systemRandom } from '../../src/codec/random.ts';
import { certificatesFrom, createRequest, type SignOctets } from '../../src/crypto/certificates/index.ts';
import { digest } from '../../src/crypto/digest.ts';
import { ecdsaRawToDer } from '../../src/crypto/ec.ts';
import { digestInfo, pkcs1Pad } from '../../src/crypto/pkcs1.ts';
import type { PublicKey } from '../../src/crypto/public-key.ts';
import { pkcs1Unpad } from '../../src/crypto/unpad.ts';
import type { EdgeKeyType } from '../../src/minidriver/card-edge.ts';
import { openPivEdgeWith } from '../../src/piv/card-edge.ts';
import type { PivEdge } from '../../src/piv/card-edge/edge.ts';
import { typedManagementKey } from '../../src/piv/management.ts';
import { createPivCard, type PivProfileName, pivProfiles } from '../../src/simulator/card/index.ts';
import { bench, withCard } from '../conformance/driver-setup.ts';
import type { Lab } from './lab.ts';
import { profiles, table } from './table.ts';
import { interop, makeAuthority, MANAGEMENT_KEY, opensslVerifies, PIN, READER } from './suite.ts';

/*
 * Both directions: a card that our driver enrolled is used by OpenSC and ykman; a card that ykman made is listed, used and renewed by our
 * driver, and ykman goes on with it. The card travels as its image; each time it is in our reader the whole driver runs.
 */

const pin = (): Bytes => copy(new TextEncoder().encode(PIN));
const ATTEMPT = 'what the card signs\n';

/** Puts the card of an image into our simulated reader, under USB, CCID and PIV of ours; answers the image afterwards. */
async function inOurReader(profile: PivProfileName, image: unknown, body: (edge: PivEdge) => Promise<void>, holdsKey = true): Promise<unknown> {
  const card = createPivCard({ profile, ...(image === undefined ? {} : { image }) });
  const { reader } = await bench({ cards: [card] });
  await withCard(reader, (channel) =>
    channel.transaction(async (transaction) => {
      const options = { atr: copy(transaction.atr), random: systemRandom, today: () => new Date() };
      await body(
        await openPivEdgeWith(transaction, holdsKey ? { ...options, managementKey: () => typedManagementKey(fromHex(MANAGEMENT_KEY)) } : options),
      );
    }),
  );
  return card.save();
}

function signer(edge: PivEdge, index: number, key: PublicKey): SignOctets {
  return async (octets, scheme) => {
    await edge.verifyPin(index === 1 ? 3 : 1, pin());
    const hash = await digest(scheme.hash, octets);
    if (key.kind === 'rsa') return edge.rsaPrivate(index, pkcs1Pad(digestInfo(scheme.hash, hash), key.modulus.length));
    return ecdsaRawToDer(key.curve, await edge.ecdsaSign(index, hash));
  };
}

/** A certificate of the lab's authority for our own request; OpenSSL checks the request's signature on the way. */
async function certified(lab: Lab, edge: PivEdge, index: number, key: PublicKey, name: string): Promise<Bytes> {
  await lab.write(`${name}.csr`, await createRequest({ subject: `CN=${name}`, publicKey: key }, signer(edge, index, key)));
  expect(await lab.ok(['openssl', 'req', '-inform', 'DER', '-in', `${name}.csr`, '-verify', '-noout'])).toMatch(/verify OK/);
  await lab.ok([
    'openssl',
    'x509',
    '-req',
    '-inform',
    'DER',
    '-in',
    `${name}.csr`,
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '30',
    '-out',
    `${name}.pem`,
  ]);
  await lab.ok(['openssl', 'x509', '-in', `${name}.pem`, '-pubkey', '-noout', '-out', `${name}.pub`]);
  return copy(certificatesFrom(await lab.read(`${name}.pem`))[0]!);
}

async function enroll(
  lab: Lab,
  edge: PivEdge,
  index: number,
  keyType: EdgeKeyType,
  usage: 'signature' | 'key-exchange',
  name: string,
): Promise<void> {
  await edge.verifyPin(1, pin());
  const key = await edge.generate({ containerIndex: index, keyType, usage, pinId: index === 1 ? 3 : index === 3 ? 0 : 1 });
  await edge.writeCertificate(index, await certified(lab, edge, index, key, name));
}

const p256: EdgeKeyType = { kind: 'ec', curve: 'P-256' };
const rsa: EdgeKeyType = { kind: 'rsa', keyBits: 2048 };
const login = (...args: string[]): string[] => ['pkcs11-tool', '--module', 'opensc-pkcs11.so', '--login', '--pin', PIN, ...args];

interop('both ways', (lab) => {
  const piv = (...args: string[]): string[] => ['ykman', '-r', READER, 'piv', ...args];

  beforeAll(async () => {
    await makeAuthority(lab());
    await lab().write('data', ATTEMPT);
    await lab().ok(['openssl', 'dgst', '-sha256', '-binary', '-out', 'digest256', 'data']);
  });

  async function opensslEncrypts(name: string): Promise<void> {
    await lab().ok(['openssl', 'pkeyutl', '-encrypt', '-pubin', '-inkey', `${name}.pub`, '-in', 'data', '-out', 'cipher']);
  }

  describe.each(profiles)('%s enrolled by us', (profile) => {
    const ykmanReads = table.some(({ tool, step, cells }) => tool === 'ykman' && step === 'info' && cells[profile] === 'works');
    let image: unknown;

    beforeAll(async () => {
      image = await inOurReader(profile, undefined, async (edge) => {
        await edge.provision();
        await enroll(lab(), edge, 0, p256, 'signature', 'auth');
        await enroll(lab(), edge, 1, rsa, 'signature', 'sign');
        await enroll(lab(), edge, 2, rsa, 'key-exchange', 'keyman');
        await enroll(lab(), edge, 3, p256, 'signature', 'cardauth');
      });
      await lab().card({ profile, image });
    });

    it('OpenSC signs with 9A and 9C and deciphers with 9D', async () => {
      await lab().ok(login('--sign', '--id', '01', '-m', 'ECDSA', '--signature-format', 'openssl', '-i', 'digest256', '-o', 'signature'));
      expect(await opensslVerifies(lab(), 'auth.pub', 'signature', 'data')).toBe(true);
      await lab().ok(login('--sign', '--id', '02', '-m', 'SHA256-RSA-PKCS', '-i', 'data', '-o', 'signature'));
      expect(await opensslVerifies(lab(), 'sign.pub', 'signature', 'data')).toBe(true);
      expect(await opensslVerifies(lab(), 'keyman.pub', 'signature', 'data')).toBe(false);
      await opensslEncrypts('keyman');
      await lab().ok(login('--decrypt', '--id', '03', '-m', 'RSA-PKCS', '-i', 'cipher', '-o', 'plain'));
      expect((await lab().read('plain')).toString()).toBe(ATTEMPT);
    });

    it('the certificates come out as they went in', async () => {
      for (const [id, name, slot] of [
        ['01', 'auth', '9a'],
        ['03', 'keyman', '9d'],
      ] as const) {
        const expected = (await lab().read(`${name}.pem`)).toString();
        expect((await lab().ok(['pkcs15-tool', '--read-certificate', id])).replace(/\s/g, '')).toContain(expected.replace(/\s/g, ''));
        if (!ykmanReads) continue;
        await lab().ok(piv('certificates', 'export', slot, 'back.pem'));
        expect((await lab().read('back.pem')).toString()).toBe(expected);
      }
    });

    if (!ykmanReads) return;
    it('ykman lists it and signs a request with it', async () => {
      const info = await lab().ok(piv('info'));
      for (const line of ['Slot 9a:\n\tAlgorithm:\tECCP256', 'Slot 9d:\n\tAlgorithm:\tRSA2048', 'CHUID:', 'CN=Interop CA'])
        expect(info).toContain(line);
      await lab().ok(piv('certificates', 'request', '-P', PIN, '-s', 'CN=Holder', '9a', 'auth.pub', 'request.csr'));
      expect(await lab().ok(['openssl', 'req', '-in', 'request.csr', '-verify', '-noout'])).toMatch(/verify OK/);
    });
  });

  it('OpenSC derives with an ECDH key that we enrolled', async () => {
    const image = await inOurReader('nist', undefined, async (edge) => {
      await enroll(lab(), edge, 2, p256, 'key-exchange', 'derive');
    });
    await lab().card({ profile: 'nist', image });
    const ours = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await lab().write('peer.der', ours.publicKey.export({ type: 'spki', format: 'der' }));
    await lab().ok(login('--derive', '-m', 'ECDH1-COFACTOR-DERIVE', '--id', '03', '-i', 'peer.der', '-o', 'shared'));
    const card = createPublicKey((await lab().read('derive.pub')).toString());
    expect((await lab().read('shared')).toString('hex')).toBe(diffieHellman({ privateKey: ours.privateKey, publicKey: card }).toString('hex'));
  });

  describe.each([
    ['yubikey-4', 'TDES'],
    ['yubikey-5.4', 'AES256'],
    ['yubikey-5.7', 'AES256'],
  ] as const)('%s made by ykman, with a %s management key behind the PIN', (profile, cipher) => {
    const managed = ['-m', MANAGEMENT_KEY] as const;
    let old: X509Certificate;
    let ciphertext: Bytes;

    beforeAll(async () => {
      await lab().card({ profile });
      for (const [slot, algorithm] of [
        ['9a', 'ECCP256'],
        ['9d', 'RSA2048'],
      ] as const) {
        await lab().ok(piv('keys', 'generate', ...managed, '-a', algorithm, slot, `${slot}.pub`));
        await lab().ok(piv('certificates', 'generate', ...managed, '-P', PIN, '-s', `CN=By ykman ${slot}`, slot, `${slot}.pub`));
        await lab().ok(piv('certificates', 'export', slot, `${slot}.pem`));
      }
      await lab().ok(piv('objects', 'generate', ...managed, 'chuid'));
      await lab().ok(piv('access', 'change-management-key', ...managed, '-P', PIN, '-a', cipher, '--protect', '-f'));
      old = new X509Certificate(await lab().read('9d.pem'));
      ciphertext = copy(publicEncrypt({ key: old.publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(ATTEMPT)));
    });

    it('is listed and used by us', async () => {
      await inOurReader(
        profile,
        await lab().save(),
        async (edge) => {
          const containers = await edge.containers();
          expect(containers.map((each) => [each.place, each.hasCertificate])).toEqual([
            ['PIV 9A', true],
            ['PIV 9D', true],
          ]);
          expect(toHex((await edge.readCertificate(2))!)).toBe(old.raw.toString('hex'));
          await edge.verifyPin(1, pin());
          const signature = ecdsaRawToDer('P-256', await edge.ecdsaSign(0, await digest('SHA-256', copy(Buffer.from(ATTEMPT)))));
          await lab().write('signature', signature);
          expect(await opensslVerifies(lab(), '9a.pub', 'signature', 'data')).toBe(true);
          expect(await opensslVerifies(lab(), '9d.pub', 'signature', 'data')).toBe(false);
          expect(Buffer.from(await pkcs1Unpad(await edge.rsaPrivate(2, ciphertext))).toString()).toBe(ATTEMPT);
          const { managementKey, findings } = await edge.inspectPiv({ proveKeys: true });
          expect(managementKey).toBe('protected');
          expect(findings.map((each) => each.code)).not.toContain('management-key-data-conflict');
        },
        false,
      );
    });

    // The old key can be kept only where the card moves keys.
    if (!pivProfiles[profile].vendorCommands.includes('move')) return;
    it('is renewed by us, and ykman and OpenSC go on', async () => {
      const renewed = await inOurReader(
        profile,
        await lab().save(),
        async (edge) => {
          expect((await edge.containers()).map((each) => each.origin)).toEqual(['generated', 'generated']);
          await edge.verifyPin(1, pin());
          const { publicKey, retiredKey } = await edge.prepareRenewal(2, { keyType: rsa });
          expect(retiredKey).toBe(0x82);
          await edge.finishRenewal(2, await certified(lab(), edge, 2, publicKey, 'renewed'));
          await edge.verifyPin(1, pin());
          expect(Buffer.from(await pkcs1Unpad(await edge.rsaPrivate(4, ciphertext))).toString()).toBe(ATTEMPT);
        },
        false,
      );
      expect((await lab().read('renewed.pub')).equals(await lab().read('9d.pub'))).toBe(false);
      await lab().card({ profile, image: renewed });
      await lab().ok(piv('certificates', 'export', '9d', 'back.pem'));
      expect((await lab().read('back.pem')).toString()).toBe((await lab().read('renewed.pem')).toString());
      await lab().ok(piv('certificates', 'export', '82', 'back.pem'));
      expect(new X509Certificate(await lab().read('back.pem')).raw.toString('hex')).toBe(old.raw.toString('hex'));
      expect(await lab().ok(piv('info'))).toMatch(/protected by PIN/);
      await opensslEncrypts('renewed');
      await lab().ok(login('--decrypt', '--id', '03', '-m', 'RSA-PKCS', '-i', 'cipher', '-o', 'plain'));
      expect((await lab().read('plain')).toString()).toBe(ATTEMPT);
      // The old key too, where OpenSC finds it by the key history.
      await lab().write('old', ciphertext);
      await lab().ok(login('--decrypt', '--id', '05', '-m', 'RSA-PKCS', '-i', 'old', '-o', 'plain'));
      expect((await lab().read('plain')).toString()).toBe(ATTEMPT);
    });
  });
});
