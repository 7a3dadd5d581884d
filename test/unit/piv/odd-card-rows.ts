import { expect } from 'vitest';
import { type Bytes, bytes } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { parseCertificate } from '../../../src/crypto/certificates/index.ts';
import type { EdgeKeyType } from '../../../src/minidriver/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { setRetries } from '../../../src/piv/card-life.ts';
import { getData, pinReference, readDiscovery } from '../../../src/piv/data-objects.ts';
import { authenticateManagement, setManagementKey, typedManagementKey } from '../../../src/piv/management.ts';
import { askMetadata, getMetadata, getSerial } from '../../../src/piv/metadata.ts';
import { TAG } from '../../../src/piv/objects.ts';
import { verifyPin } from '../../../src/piv/pin.ts';
import { PivSession } from '../../../src/piv/session.ts';
import type { CardDefect, PivProfileName } from '../../../src/simulator/card/index.ts';
import type { CardTerminal } from './transactions.ts';

/* The oddities of real cards (fact sheet card-tools.md, section 5), one row each: a card that has it, and how it shows. */

export const pin = (): Bytes => fromHex('313233343536');
export const key = (): ReturnType<typeof typedManagementKey> => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));
export const p256: EdgeKeyType = { kind: 'ec', curve: 'P-256' };

interface On {
  readonly edge: PivEdge;
  readonly log: CardTerminal;
  /** A session beside the edge, PIV selected. */
  readonly piv: PivSession;
}

export interface OddCard {
  readonly oddity: string;
  readonly profile: PivProfileName;
  readonly defects?: readonly CardDefect[];
  /** Beginnings of a command and of the status word that it must have got. */
  readonly met: readonly [command: string, sw: string];
  readonly shows: (on: On) => Promise<void>;
}

async function generated({ edge }: On, containerIndex: number, keyType: EdgeKeyType = p256): Promise<unknown> {
  await edge.verifyPin(1, pin());
  return edge.generate({ containerIndex, keyType, usage: containerIndex < 4 ? 'signature' : 'key-exchange', pinId: 1 });
}

export async function administrated(log: CardTerminal): Promise<PivSession> {
  const piv = await PivSession.open(log);
  await authenticateManagement(piv, key());
  return piv;
}

const tries = (profile: PivProfileName, left: number): OddCard => ({
  oddity: `a try counter that starts at ${left}`,
  profile,
  met: ['00200080', `63c${left}`],
  shows: async ({ edge, log }) => {
    expect((await edge.pinStatus(1)).retriesLeft).toBe(left);
    await log.transmit(fromHex('00200080'));
  },
});

export const ODD_CARDS: readonly OddCard[] = [
  {
    oddity: 'slot 95 alone refuses GENERATE with 6A86',
    profile: 'yubikey-5.7',
    defects: ['slot-95-not-generable'],
    met: ['00470095', '6a86'],
    shows: async (on) => {
      await expect(generated(on, 23)).rejects.toMatchObject({ reason: 'unsupported' });
      expect((await on.edge.containers()).map(({ index }) => index)).toEqual([]);
      // Its neighbour makes one.
      await expect(generated(on, 22)).resolves.toMatchObject({ kind: 'ec' });
    },
  },
  {
    oddity: 'upper retired objects answer 6A81',
    profile: 'government',
    met: ['00cb3fff055c035fc120', '6a81'],
    shows: async ({ edge, piv }) => {
      expect(await getData(piv, 0x5fc120)).toBeUndefined();
      expect(await edge.readCertificate(23)).toBeUndefined();
    },
  },
  {
    oddity: 'only the retired slots 82 and 83 are there',
    profile: 'government',
    met: ['00470084', '6a86'],
    shows: async (on) => {
      await expect(generated(on, 4)).resolves.toMatchObject({ kind: 'ec' });
      await expect(generated(on, 5)).resolves.toMatchObject({ kind: 'ec' });
      await expect(generated(on, 6)).rejects.toMatchObject({ reason: 'unsupported' });
    },
  },
  {
    oddity: 'RSA-1024 is refused',
    profile: 'nist',
    met: ['0047009a', '6a80'],
    shows: async (on) => {
      await expect(generated(on, 0, { kind: 'rsa', keyBits: 1024 })).rejects.toMatchObject({ reason: 'unsupported' });
      expect(on.edge.capabilities.generatable(0)).not.toContainEqual({ kind: 'rsa', keyBits: 1024 });
    },
  },
  {
    oddity: 'SET RETRIES is refused',
    profile: 'look-alike',
    met: ['00fa0505', '6d00'],
    shows: async ({ log }) => {
      const piv = await administrated(log);
      await verifyPin(piv, pin());
      await expect(setRetries(piv, 5, 5)).rejects.toMatchObject({ layer: 'card', reason: 'unsupported', sw: 0x6d00 });
      // The PIN is what it was.
      await verifyPin(piv, pin());
    },
  },
  {
    oddity: 'only 3DES management keys are taken',
    profile: 'yubikey-5.4',
    defects: ['management-3des-only'],
    met: ['00ffffff', '6a80'],
    shows: async ({ log }) => {
      const piv = await administrated(log);
      await expect(setManagementKey(piv, 'AES-256', bytes(32))).rejects.toMatchObject({ layer: 'card', reason: 'refused', sw: 0x6a80 });
      expect(piv.managementAlgorithm?.name).toBe('3DES');
      await setManagementKey(piv, '3DES', fromHex('010203040506070801020304050607080102030405060708'));
    },
  },
  {
    oddity: 'metadata are refused for some slots',
    profile: 'yubikey-5.4',
    defects: ['metadata-by-halves'],
    met: ['00f7009c', '6d00'],
    shows: async ({ edge, piv }) => {
      expect(await askMetadata(piv, 0x9c)).toEqual({ kind: 'untold' });
      expect((await edge.pinStatus(1)).retriesLeft).toBe(3);
      expect(await edge.pinStatus(4)).toEqual({ verified: false });
    },
  },
  {
    oddity: 'metadata name an unknown algorithm for others',
    profile: 'yubikey-5.4',
    defects: ['metadata-by-halves'],
    met: ['00f7009d', '9000'],
    shows: async ({ piv, edge }) => {
      const told = await getMetadata(piv, 0x9d);
      expect(told).toMatchObject({ algorithm: 0x77 });
      expect(told?.publicKey).toBeUndefined();
      expect((await edge.containers()).find(({ index }) => index === 2)?.publicKey).toBeUndefined();
    },
  },
  {
    oddity: 'an attestation certificate that a strict parser rejects',
    profile: 'yubikey-5.4',
    defects: ['odd-attestation'],
    met: ['00f99c00', '61'],
    shows: async (on) => {
      await generated(on, 1);
      const { statement, issuer } = await on.edge.attest(1);
      expect(() => parseCertificate(statement)).toThrow(expect.objectContaining({ reason: 'malformed' }) as Error);
      expect(() => parseCertificate(issuer ?? bytes(0))).not.toThrow();
    },
  },
  {
    oddity: 'GENERATE answers 11 bytes with 9000 and no modulus',
    profile: 'nist',
    defects: ['empty-generate'],
    met: ['0047009d', '9000'],
    shows: async (on) => {
      const transmit = on.log.transmit.bind(on.log);
      const answers: number[] = [];
      const watched = Object.assign(on.log, {
        transmit: async (...given: Parameters<CardTerminal['transmit']>) => {
          const answer = await transmit(...given);
          if (given[0][1] === 0x47) answers.push(answer.length - 2);
          return answer;
        },
      });
      await expect(generated(on, 2, { kind: 'rsa', keyBits: 2048 })).rejects.toMatchObject({ reason: 'bad-answer' });
      expect(answers).toEqual([11]);
      watched.transmit = transmit;
    },
  },
  ...(['nist', 'government'] as const).map((profile): OddCard => ({
    oddity: 'no version, no serial number, no metadata',
    profile,
    met: ['00fd0000', '6d00'],
    shows: async ({ edge, piv }) => {
      expect(await getSerial(piv)).toBeUndefined();
      expect(await askMetadata(piv, 0x9a)).toEqual({ kind: 'untold' });
      expect((await edge.identity()).serialNumber).toBeUndefined();
    },
  })),
  {
    oddity: 'no serial number and no metadata behind a version that promises both',
    profile: 'look-alike',
    met: ['00f80000', '6d00'],
    shows: async ({ edge, piv }) => {
      expect(piv.profile.version).toEqual([5, 4, 0]);
      expect(await getSerial(piv)).toBeUndefined();
      expect(await askMetadata(piv, 0x9a)).toEqual({ kind: 'untold' });
      expect((await edge.identity()).serialNumber).toBeUndefined();
    },
  },
  {
    oddity: 'no CHUID and no CCC until they are written',
    profile: 'yubikey-5.7',
    met: ['00cb3fff055c035fc102', '6a82'],
    shows: async ({ edge }) => {
      expect((await edge.identity()).cardId).toEqual(bytes(16));
      const codes = (await edge.inspectPiv()).findings.map((each) => each.code);
      expect(codes).toEqual(expect.arrayContaining(['missing-chuid', 'missing-ccc']));
      expect(await edge.provision()).toEqual(['CHUID', 'CCC']);
      expect((await edge.identity()).cardId).not.toEqual(bytes(16));
      expect(await edge.provision()).toEqual([]);
    },
  },
  {
    oddity: 'a discovery object 40 10',
    profile: 'government',
    met: ['00cb3fff035c017e', '9000'],
    shows: async ({ piv, edge }) => {
      expect(await readDiscovery(piv)).toEqual({ usagePolicy: 0x40, primary: 0x10 });
      expect(await pinReference(piv)).toBe(0x80);
      expect((await edge.inspectPiv()).findings.filter((each) => each.place === 'Discovery Object')).toEqual([]);
      expect(await getData(piv, TAG.DISCOVERY)).toEqual(fromHex('4f0ba000000308000010000100 5f2f024010'));
    },
  },
  tries('yubikey-5.4', 3),
  tries('nist', 5),
  tries('government', 6),
];
