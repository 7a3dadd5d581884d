import { generateKeyPairSync, sign } from 'node:crypto';
import { createWebUsbSource } from '../../../../src/channel/index.ts';
import { type Bytes, bytes, concat, copy } from '../../../../src/codec/bytes.ts';
import type { Clock } from '../../../../src/codec/clock.ts';
import { fromHex } from '../../../../src/codec/hex.ts';
import { writeTlv } from '../../../../src/codec/tlv.ts';
import type { PublicKey } from '../../../../src/crypto/public-key.ts';
import { createCertificate, encodeSpki, parseName } from '../../../../src/crypto/certificates/index.ts';
import { createDiagnosticsFlow, type DiagnosticsOptions } from '../../../../src/app/diagnostics/flow.ts';
import type { DiagnosticsFlow, DiagnosticsReady } from '../../../../src/app/diagnostics/state.ts';
import { openPivEdgeWith } from '../../../../src/piv/card-edge.ts';
import { buildFascN, putData, PivSession, typedManagementKey } from '../../../../src/piv/index.ts';
import { authenticateManagement } from '../../../../src/piv/management.ts';
import {
  createPivCard,
  createSimulatedReader,
  createSimulatedUsb,
  type PersistentCard,
  type PivProfileName,
  type SimulatedReader,
  type SimulatedReaderOptions,
  type SimulatedUsb,
  type SimulatedUsbOptions,
} from '../../../../src/simulator/index.ts';
import type { UsbEnvironment } from '../../../../src/usb/index.ts';
import { openPage } from '../../../conformance/driver-setup.ts';
import { terminal } from '../../piv/transactions.ts';

/** Values that identify somebody; none of them may stand in a report unless it was ticked. */
export const PLANTED = {
  name: 'Zebulon Quxfield',
  upn: 'zquxfield@planted.example',
  email: 'zeb.mail@planted.example',
  cardSerial: 87654321,
  readerSerial: 'RDR-5577-XYZZY',
  certificateSerial: '5a17c0ffee5a17c0',
  guid: 'd1a6057ac0de4b1d8a7e5eed5eed5eed',
  personIdentifier: '3141592653',
} as const;

export const NOW: Date = new Date('2026-03-01T00:00:00Z');
const FACTORY_KEY = '010203040506070801020304050607080102030405060708';

/** The forms in which a planted value can stand in a text. */
export function plantedForms(): readonly string[] {
  const utf8 = (text: string): Bytes => copy(new TextEncoder().encode(text));
  const hexOf = (octets: Uint8Array): string => Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
  const spaced = (hex: string): string => hex.replace(/(..)(?!$)/g, '$1 ');
  const serial = bytes(4);
  new DataView(serial.buffer).setUint32(0, PLANTED.cardSerial);
  const octets = [PLANTED.name, PLANTED.upn, PLANTED.email, PLANTED.readerSerial].map((text) => hexOf(utf8(text)));
  const hex = [...octets, PLANTED.guid, PLANTED.certificateSerial, hexOf(serial), hexOf(fascN)];
  const guid = PLANTED.guid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const texts = Object.values(PLANTED).map(String);
  return [...texts, guid, ...hex, ...hex.map(spaced)].flatMap((form) => [form, form.toUpperCase()]);
}

const fascN = buildFascN({
  agencyCode: '1234',
  systemCode: '5678',
  credentialNumber: '112233',
  credentialSeries: '1',
  individualCredentialIssue: '1',
  personIdentifier: PLANTED.personIdentifier,
  organizationalCategory: '1',
  organizationalIdentifier: '1234',
  associationCategory: '1',
});

export interface CertificateOptions {
  readonly notAfter?: Date;
  /** Another key than the card's. */
  readonly foreignKey?: boolean;
}

/** A certificate for `key`, signed by an authority that lives for this call. */
async function certificate(key: PublicKey, options: CertificateOptions): Promise<Bytes> {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' });
  return createCertificate(
    {
      serialNumber: fromHex(PLANTED.certificateSerial),
      issuer: parseName('CN=Test authority'),
      subject: parseName(`CN=${PLANTED.name}`),
      notBefore: new Date('2025-01-01T00:00:00Z'),
      notAfter: options.notAfter ?? new Date('2030-01-01T00:00:00Z'),
      spki: options.foreignKey === true ? copy(foreign) : encodeSpki(key),
      extensions: {
        alternativeNames: [
          { kind: 'upn', value: PLANTED.upn },
          { kind: 'email', value: PLANTED.email },
        ],
        keyUsage: ['digitalSignature'],
      },
    },
    { kind: 'ecdsa', hash: 'SHA-256', form: 'der' },
    async (toBeSigned) => copy(sign('sha256', toBeSigned, authority.privateKey)),
  );
}

/** A card with the planted CHUID, serial number, and a P-256 key with certificate in 9A. */
export async function personalCard(profile: PivProfileName, options: CertificateOptions = {}): Promise<PersistentCard> {
  const card = createPivCard({ profile, serial: PLANTED.cardSerial });
  const contacts = terminal(card);
  const edge = await openPivEdgeWith(contacts, {
    atr: card.atr,
    random: (length) => bytes(Array.from({ length }, (_, i) => (i * 7 + 1) & 0xff)),
    today: () => new Date(NOW),
    managementKey: () => typedManagementKey(fromHex(FACTORY_KEY)),
  });
  await edge.provision();
  await edge.verifyPin(1, fromHex('313233343536'));
  const key = await edge.generate({ containerIndex: 0, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 1 });
  await edge.writeCertificate(0, await certificate(key, options));
  const session = await PivSession.open(contacts);
  await authenticateManagement(session, typedManagementKey(fromHex(FACTORY_KEY)));
  const date = bytes(Array.from('20350101', (c) => c.charCodeAt(0)));
  await putData(
    session,
    0x5fc102,
    concat(writeTlv(0x30, fascN), writeTlv(0x34, fromHex(PLANTED.guid)), writeTlv(0x35, date), writeTlv(0x3e), writeTlv(0xfe)),
  );
  card.reset('off');
  return card;
}

export interface FlowBench {
  readonly flow: DiagnosticsFlow;
  readonly reader: SimulatedReader;
  readonly usb: SimulatedUsb;
}

export interface FlowBenchOptions {
  readonly host?: SimulatedUsbOptions;
  readonly flow?: DiagnosticsOptions;
  readonly environment?: Partial<UsbEnvironment>;
  readonly clock?: Clock;
}

/** The flow on a simulated reader through WebUSB's shape. */
export function flowBench(options: SimulatedReaderOptions, { host, flow, environment, clock }: FlowBenchOptions = {}): FlowBench {
  const reader = createSimulatedReader({ serialNumber: PLANTED.readerSerial, ...options });
  const usb = createSimulatedUsb([reader.device], host);
  return {
    reader,
    usb,
    flow: createDiagnosticsFlow({
      now: () => NOW,
      openSources: (trace) => [
        createWebUsbSource({ usb, environment: { ...openPage, ...environment }, simulated: true, trace, ...(clock === undefined ? {} : { clock }) }),
      ],
      ...(clock === undefined ? {} : { clock }),
      ...flow,
    }),
  };
}

/** Looks, tests the first reader, and answers the state after it. */
export async function tested({ flow }: FlowBench): Promise<DiagnosticsReady> {
  await flow.look();
  const state = ready(flow);
  await flow.test(state.readers[0]?.info.id ?? 'none');
  return ready(flow);
}

export function ready(flow: DiagnosticsFlow): DiagnosticsReady {
  if (flow.state.kind !== 'ready') throw new Error(`the flow is ${flow.state.kind}`);
  return flow.state;
}
