import { createDiagnosticsFlow, createEnrollmentFlow, type SourceOptions } from '../../src/app/index.ts';
import { type CardTransaction, createWebUsbSource, type ReaderSource } from '../../src/channel/index.ts';
import { fromHex, toHex } from '../../src/codec/index.ts';
import { createCardModule, newCardData } from '../../src/minidriver/index.ts';
import { openPivEdge, typedManagementKey } from '../../src/piv/index.ts';
import { createPivCard, createSimulatedReader, createSimulatedUsb } from '../../src/simulator/index.ts';
import { hostEnvironment, hostUsb } from '../../src/usb/index.ts';
import { createDemonstrationAuthority } from '../../web/demonstration-ca.ts';
import { type Bench, type Material, STEPS } from './minidriver-operations.ts';
import { type Counted, hostSteps, managementSteps, pivSteps } from './minidriver-piv-operations.ts';

/** What one operation gave: the octets as hexadecimal, other results as JSON. */
export interface Outcome {
  readonly engines: readonly string[];
  readonly result: string;
}

/** What a test asks of the page or worker: the same in both. */
export interface MinidriverHere {
  /** Makes a simulated reader with the same cards in this very realm; the browser's own WebUSB is not used any more. */
  simulate(): void;
  /** Whether there is a document here. */
  hasDom(): boolean;
  /** All operations by name, on readers of these product names; those of the second card end with its name. */
  run(readers: { readonly yubikey: string; readonly plain: string }, material: Material): Promise<Readonly<Record<string, Outcome>>>;
  /** Diagnoses this reader, then enrolls a card of the factory in it. */
  flows(reader: string): Promise<Flows>;
}

/** What the two flows gave. */
export interface Flows {
  /** Names of what was found about reader and card. */
  readonly findings: readonly string[];
  /** Certificate on the card and of its authority, as hexadecimal. */
  readonly certificate: string;
  readonly authority: string;
}

declare global {
  var minidriver: MinidriverHere;
  /** Calls by engine; absent where nobody counts. */
  var engineCalls: Readonly<Record<string, number>> | undefined;
}

let source: ReaderSource | undefined;
let sources: SourceOptions = {};
const sourceHere = (): ReaderSource => (source ??= createWebUsbSource({ usb: hostUsb(), environment: hostEnvironment() }));

async function withCard<T>(name: string, body: (card: CardTransaction) => Promise<T>): Promise<T> {
  const reader = (await sourceHere().list()).find((item) => item.info.name === name);
  if (reader === undefined) throw new Error(`no reader ${name}`);
  const open = await reader.open();
  try {
    const [slot] = open.slots;
    if (slot === undefined) throw new Error('no slot');
    return await (await slot.connect()).transaction(body);
  } finally {
    await open.close();
  }
}

const written = (value: unknown): string => (value instanceof Uint8Array ? toHex(value) : (JSON.stringify(value) ?? ''));

/** Runs an operation and notes who computed. */
function counter(outcomes: Record<string, Outcome>): Counted {
  return async (name, run) => {
    const before = { ...globalThis.engineCalls };
    const result = await run().catch((cause: unknown) => {
      throw new Error(`${name}: ${String(cause)}`, { cause });
    });
    const after = { ...globalThis.engineCalls };
    const engines = Object.keys(after).filter((engine) => after[engine] !== before[engine]);
    if (name in outcomes) throw new Error(`${name} twice`);
    outcomes[name] = { engines: engines.sort(), result: written(result) };
    return result;
  };
}

async function run(readers: { readonly yubikey: string; readonly plain: string }, material: Material): Promise<Record<string, Outcome>> {
  const outcomes: Record<string, Outcome> = {};
  const counted = counter(outcomes);
  const managementKey = (): ReturnType<typeof typedManagementKey> => typedManagementKey(fromHex(material.managementKey));
  await withCard(readers.yubikey, async (hScard) => {
    const bench: Bench = {
      module: createCardModule<CardTransaction>(openPivEdge, { managementKey }),
      card: newCardData<CardTransaction>({ pbAtr: hScard.atr, hScard }),
      material,
      agreement: -1,
      response: new Uint8Array(0),
    };
    for (const step of STEPS) {
      await step.before?.(bench);
      await counted(step.name, () => step.run(bench));
    }
  });
  await withCard(readers.plain, (card) => managementSteps(card, material.managementKey, '3DES', counted));
  await withCard(readers.yubikey, (card) => managementSteps(card, material.managementKey, 'AES-192', counted));
  await withCard(readers.yubikey, (card) => pivSteps(card, material, counted));
  await hostSteps(material, counted);
  return outcomes;
}

async function flows(name: string): Promise<Flows> {
  const diagnostics = createDiagnosticsFlow(sources);
  await diagnostics.look();
  const looked = diagnostics.state;
  const found = looked.kind === 'ready' ? looked.readers.find(({ info }) => info.name === name) : undefined;
  if (found === undefined) throw new Error(`no reader ${name}`);
  await diagnostics.test(found.info.id);
  const tested = diagnostics.state;
  if (tested.kind !== 'ready') throw new Error(`the diagnosis ended with ${tested.kind}`);
  await diagnostics.release();

  const authority = createDemonstrationAuthority();
  const flow = createEnrollmentFlow({ ...sources, authorities: [authority] });
  await flow.connect();
  if (flow.state.kind === 'choose-reader') {
    const wanted = flow.state.readers.find(({ info }) => info.name === name);
    await flow.chooseReader(wanted?.info.id ?? '');
  }
  await flow.openKeyChoice();
  await flow.chooseKey({ containerIndex: 0, key: { kind: 'generate', keyType: 'P-256' }, subject: 'CN=Ada Lovelace' });
  await flow.submitManagementKey({ mode: 'default' });
  await flow.submitPin(new TextEncoder().encode('123456'));
  await flow.issueCertificate('demonstration');
  await flow.writeCertificate();
  const { state } = flow;
  if (state.kind !== 'done') throw new Error(`the enrollment ended with ${JSON.stringify(state)}`);
  const written = { certificate: toHex(state.result.certificateDer), authority: toHex(await authority.root()) };
  await flow.release();
  return { findings: tested.findings.map(({ code }) => code), ...written };
}

globalThis.minidriver = {
  simulate: () => {
    const readers = [
      createSimulatedReader({ productName: 'yubikey', cards: [createPivCard({ profile: 'yubikey-5.7' })] }),
      createSimulatedReader({ productName: 'plain', productId: 0x0777, cards: [createPivCard({ profile: 'nist' })] }),
    ];
    const environment = { ...hostEnvironment(), hasUsb: true, usbAllowed: true };
    const usb = createSimulatedUsb(readers.map(({ device }) => device));
    source = createWebUsbSource({ usb, environment, simulated: true });
    sources = { usb, simulated: true };
  },
  hasDom: () => ['document', 'window', 'localStorage'].some((name) => name in globalThis),
  run,
  flows,
};
