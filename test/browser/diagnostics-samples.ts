import type {
  CardReport,
  DiagnosticsFlow,
  DiagnosticsReady,
  DiagnosticsState,
  EnvironmentFact,
  Finding,
  LogRow,
  ReaderReport,
  ReportOptions,
} from '../../src/app/diagnostics/state.ts';
import { writeReport } from '../../src/app/diagnostics/report.ts';
import type { ReaderDescription } from '../../src/app/index.ts';
import type { AccessVerdict } from '../../src/app/index.ts';
import { crowdedCard, freshCard, longReader, plainCard, realReader, simulatedReader } from './enroll-samples.ts';
import { problems } from './diagnostics-problems.ts';

/** A state by name. */
export interface Sample {
  readonly name: string;
  readonly state: DiagnosticsState;
  readonly log?: readonly LogRow[];
}

const environment: readonly EnvironmentFact[] = [
  { key: 'browser', state: 'yes', value: 'Chromium 156' },
  { key: 'operating-system', state: 'yes', value: 'Linux' },
  { key: 'secure-context', state: 'yes' },
  { key: 'webusb', state: 'yes' },
  { key: 'usb-allowed-by-policy', state: 'yes' },
  { key: 'isolated-web-app', state: 'no' },
  { key: 'cross-origin-isolated', state: 'no' },
  { key: 'web-smart-card', state: 'no' },
  { key: 'web-assembly', state: 'yes' },
  { key: 'web-crypto', state: 'unknown' },
];

const description: ReaderDescription = {
  device: [
    { name: 'idVendor', value: '0x04E6' },
    { name: 'idProduct', value: '0x5120' },
    { name: 'iSerialNumber', value: '60400C75' },
  ],
  ccid: [
    { name: 'bInterfaceClass', value: '0x0B', detail: 'smart card' },
    { name: 'dwProtocols', value: '0x00000003', detail: 'T=0, T=1' },
    {
      name: 'dwFeatures',
      value: '0x000404BA',
      detail: 'short and extended APDU level, automatic parameters from ATR, automatic voltage, automatic clock, automatic baud rate, automatic IFSD',
    },
    { name: 'dwMaxCCIDMessageLength', value: '65556', detail: 'bytes' },
  ],
  quirks: ['message-length-263-is-271'],
};

const usable: AccessVerdict = { reason: 'ready', reachable: true, remedies: [] };
const protectedClass: AccessVerdict = {
  reason: 'protected-class',
  reachable: false,
  remedies: ['isolated-web-app', 'vendor-class-reader', 'simulated-reader'],
};

const real: ReaderReport = { info: realReader, verdict: usable, description };
const simulated: ReaderReport = { info: simulatedReader, verdict: usable, description: { ...description, quirks: [] } };
const denied: readonly ReaderReport[] = [
  { info: longReader, verdict: protectedClass, description },
  {
    info: { id: 'usb-4', name: 'قارئ البطاقات الذكية', simulated: false },
    verdict: { reason: 'in-use', reachable: false, remedies: ['stop-pcscd', 'close-other-page', 'replug'] },
    description: { ...description, ccid: [], quirks: [] },
  },
  {
    info: { ...realReader, id: 'usb-5' },
    verdict: { reason: 'open-refused', reachable: false, remedies: ['udev-rule', 'close-other-page', 'replug'] },
  },
  { info: { ...realReader, id: 'usb-6', name: 'USB 1209:0B0B' }, problem: problems.timeout },
  { info: { ...realReader, id: 'usb-7', name: 'USB 1209:0B0C' } },
];

const report: CardReport = {
  atr: '3b fd 13 00 00 81 31 fe 15 80 73 c0 21 c0 57 59 75 62 69 4b 65 79 40',
  protocol: 'T=1',
  atrRows: [
    { name: 'TS', value: '3B', detail: 'direct convention' },
    { name: 'TA1', value: '13', detail: 'F=372, D=4, 43010 bit/s at 4 MHz, clock up to 5 MHz' },
    { name: 'historical bytes', value: '80 73 C0 21 C0 57 59 75 62 69 4B 65 79', detail: '.s.!.WYubiKey' },
    { name: 'TCK', value: '40', detail: 'right' },
  ],
  limits: [
    { name: 'short command APDU', value: '261 bytes' },
    { name: 'extended command APDU', value: 'none' },
  ],
  applets: [
    { key: 'piv', aid: 'a00000030800001000', state: 'found', sw: 0x9000 },
    { key: 'gids', aid: 'a00000039742544659', state: 'absent', sw: 0x6a82 },
    { key: 'openpgp', aid: 'd27600012401', state: 'unclear', sw: 0x6f00 },
    { key: 'plug-and-play', aid: 'a0000003974349445f0100', state: 'absent', sw: 0x6a82 },
  ],
  card: freshCard,
  applet: [
    { name: 'Card', value: 'YubiKey 5.7.1 (PIV)' },
    { name: 'Serial number', value: '17482316', personal: true },
    { name: 'FASC-N', value: '9999-9999-999999-0-1-0000000000', personal: true },
  ],
  objects: [
    { name: 'Card Holder Unique Identifier', tag: '5FC102', present: true, lengthBytes: 59 },
    { name: 'Card Capability Container', tag: '5FC107', present: false, lengthBytes: 0 },
    { name: 'Printed Information', tag: '5FC109', present: false, lengthBytes: 0, problem: 'not-authenticated' },
    { name: 'Security Object', tag: '5FC106', present: false, lengthBytes: 0, problem: 'refused' },
    { name: 'X.509 Certificate for Key Management', tag: '5FC10B', present: true, lengthBytes: 1, problem: 'bad-answer' },
  ],
  findings: [],
};

const manyFindings: readonly Finding[] = [
  { code: 'reader-protected-class', severity: 'error', place: longReader.name },
  { code: 'certificate-of-another-key', severity: 'error', place: 'PIV 9C', slot: 1, short: 'P43' },
  { code: 'blocked-puk', severity: 'error' },
  { code: 'default-pin', severity: 'warning', short: 'P01' },
  { code: 'certificate-expired', severity: 'warning', place: 'PIV 9C' },
  { code: 'a-family-of-its-own', severity: 'warning', place: 'Applet 7' },
  { code: 'missing-ccc', severity: 'info' },
  { code: 'reader-simulated', severity: 'info', place: simulatedReader.name },
];

/** Rows of every layer, as many as wanted. */
export function logOf(count: number): readonly LogRow[] {
  const rows: readonly Omit<LogRow, 'number' | 'atMs'>[] = [
    { layer: 'usb', direction: 'none', text: 'open', lengthBytes: 0 },
    { layer: 'ccid', direction: 'out', text: 'PC_to_RDR_XfrBlock, bSlot 0, bSeq 4', lengthBytes: 14 },
    { layer: 'usb', direction: 'out', text: 'bulk OUT', lengthBytes: 24 },
    { layer: 'card', direction: 'in', text: 'power on, ATR', body: '3b fd 13 00 00 81 31 fe 15' },
    { layer: 'apdu', direction: 'out', text: 'GET DATA, 00 CB 3F FF', lengthBytes: 14, body: '00 cb 3f ff 00 00 05 5c 03 5f c1 05 00 00' },
    { layer: 'apdu', direction: 'in', text: '9000 done', lengthBytes: 900, body: '53 82 '.repeat(150).trim(), personal: true },
    { layer: 'minidriver', direction: 'none', text: 'CardReadFile(mscp/cmapfile): SCARD_S_SUCCESS' },
    { layer: 'other', direction: 'none', text: 'diagnostics, inspection' },
  ];
  const rest = { layer: 'other', direction: 'none', text: '' } as const;
  return Array.from({ length: count }, (_, i) => ({ number: i + 1, atMs: i * 17.25, ...(rows[i % rows.length] ?? rest) }));
}

const ready: DiagnosticsReady = { kind: 'ready', environment, readers: [real], canRequest: true, nothingChosen: false, findings: [] };

function tested(
  selected: NonNullable<DiagnosticsReady['selected']>,
  findings: readonly Finding[] = manyFindings,
  readers = [real, simulated],
): DiagnosticsReady {
  return { ...ready, readers, selected, findings };
}

function testing(
  step: 'opening' | 'power' | 'applets' | 'inspection',
  slots: NonNullable<DiagnosticsReady['selected']>['slots'] = [],
): DiagnosticsState {
  return { ...ready, kind: 'testing', testing: realReader, step, selected: { info: realReader, slots } };
}

/** At least one sample for each member of the union: a missing one is a compile error. */
const SAMPLES: {
  readonly [Kind in DiagnosticsState['kind']]: Readonly<Record<string, Extract<DiagnosticsState, { readonly kind: Kind }> & { readonly kind: Kind }>>;
} = {
  start: { plain: { kind: 'start' } },
  looking: { plain: { kind: 'looking' } },
  ready: {
    'no reader': { ...ready, readers: [], findings: [{ code: 'no-reader', severity: 'info' }] },
    'nothing chosen': { ...ready, readers: [], nothingChosen: true },
    'no door': { ...ready, readers: [], canRequest: false, findings: [{ code: 'no-webusb', severity: 'error' }] },
    'chooser refused': { ...ready, problem: problems.notAllowed },
    'all well': ready,
    'denied readers': { ...ready, readers: denied, findings: manyFindings },
    'fresh card': tested({ info: realReader, slots: [{ index: 0, presence: 'present', card: report }] }),
    'crowded card': tested({ info: simulatedReader, slots: [{ index: 0, presence: 'powered', card: { ...report, card: crowdedCard } }] }),
    'plain card': tested({
      info: longReader,
      slots: [{ index: 0, presence: 'present', card: { ...report, protocol: 'unknown', card: plainCard, objects: [], applet: [] } }],
    }),
    'unknown card': tested(
      {
        info: realReader,
        slots: [
          {
            index: 0,
            presence: 'present',
            card: {
              atr: '3b 00',
              protocol: 'T=0',
              atrRows: [],
              limits: report.limits,
              applets: report.applets,
              applet: [],
              objects: [],
              findings: [],
            },
          },
        ],
      },
      [{ code: 'card-unknown', severity: 'warning' }],
    ),
    'two slots': tested({
      info: realReader,
      slots: [
        { index: 0, presence: 'absent' },
        { index: 1, presence: 'unknown', problem: problems.mute },
        { index: 2, presence: 'absent', card: report, problem: problems.unplugged },
      ],
    }),
    'reader problem': tested({ info: realReader, slots: [], problem: problems.inUse }, [
      { code: 'reader-test-failed', severity: 'error', place: realReader.name },
    ]),
  },
  testing: {
    opening: testing('opening') as Extract<DiagnosticsState, { kind: 'testing' }>,
    power: testing('power') as Extract<DiagnosticsState, { kind: 'testing' }>,
    applets: testing('applets', [{ index: 0, presence: 'present', card: report }]) as Extract<DiagnosticsState, { kind: 'testing' }>,
    inspection: testing('inspection', [{ index: 0, presence: 'absent' }]) as Extract<DiagnosticsState, { kind: 'testing' }>,
  },
};

export const samples: readonly Sample[] = [
  ...Object.entries<Readonly<Record<string, DiagnosticsState>>>(SAMPLES).flatMap(([kind, variants]) =>
    Object.entries(variants).map(([name, state]) => ({ name: `${kind}: ${name}`, state, log: logOf(24) })),
  ),
  { name: 'ready: long log', state: SAMPLES.ready['fresh card'] ?? ready, log: logOf(2000) },
  { name: 'ready: empty log', state: ready, log: [] },
];

export function sampleOf(name: string): Sample {
  const found = samples.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no sample ${name}`);
  return found;
}

/** A flow that stands still: it shows the state it is given and writes down what it is asked to do. */
export class StillFlow implements DiagnosticsFlow {
  readonly calls: string[] = [];
  state: DiagnosticsState;
  log: readonly LogRow[];
  readonly #listeners = new Set<() => void>();

  constructor({ state, log = [] }: Pick<Sample, 'state' | 'log'>) {
    this.state = state;
    this.log = log;
  }

  put(state: DiagnosticsState, log: Sample['log'] = this.log): void {
    this.state = state;
    this.log = log;
    for (const listener of this.#listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #note(call: string): Promise<void> {
    this.calls.push(call);
    return Promise.resolve();
  }

  readonly look = (): Promise<void> => this.#note('look');
  readonly requestReader = (): Promise<void> => this.#note('requestReader');
  readonly test = (readerId: string): Promise<void> => this.#note(`test ${readerId}`);
  readonly release = (): Promise<void> => this.#note('release');

  clearLog(): void {
    this.calls.push('clearLog');
    this.put(this.state, []);
  }

  report(options: ReportOptions): ReturnType<DiagnosticsFlow['report']> {
    const { state, log } = this;
    return writeReport(
      { ...(state.kind === 'ready' || state.kind === 'testing' ? state : {}), log, createdAt: new Date('2026-11-25T12:00:00Z') },
      options,
    );
  }
}
