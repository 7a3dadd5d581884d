import type { CertificateAuthority } from '../../../src/app/certificate-authority.ts';
import { createEnrollmentFlow, type EnrollmentOptions } from '../../../src/app/enrollment/flow.ts';
import type {
  EnrollmentFlow,
  EnrollmentState,
  EnrollmentStateKind,
  EnrollmentStateOf,
  KeyPlan,
  ManagementKeyChoice,
} from '../../../src/app/enrollment/state.ts';
import type { Bytes } from '../../../src/codec/bytes.ts';
import type { TraceEvent } from '../../../src/codec/trace.ts';
import { createWebUsbSource } from '../../../src/channel/index.ts';
import {
  createPivCard,
  createSimulatedReader,
  createSimulatedUsb,
  type PersistentCard,
  type PivCardOptions,
  type SimulatedReader,
  type SimulatedReaderOptions,
  type SimulatedUsb,
  type SimulatedUsbOptions,
} from '../../../src/simulator/index.ts';
import type { UsbEnvironment } from '../../../src/usb/index.ts';
import { createDemonstrationAuthority } from '../../../web/demonstration-ca.ts';
import { openPage } from '../../conformance/driver-setup.ts';
import { AutoClock } from '../channel/auto-clock.ts';
import { cryptoIsBusy, watchCrypto } from './crypto-watch.ts';

export const FACTORY_KEY = '010203040506070801020304050607080102030405060708';
export const PIN = '123456';
export const PUK = '12345678';

/** Octets of a typed secret; a fresh copy each time, since whoever takes it wipes it. */
export const typed = (text: string): Bytes => new TextEncoder().encode(text);

export interface FlowBenchOptions {
  /** null = the reader is empty at first. */
  readonly card?: PivCardOptions | PersistentCard | null;
  readonly reader?: SimulatedReaderOptions;
  readonly host?: SimulatedUsbOptions;
  readonly environment?: UsbEnvironment;
  readonly authorities?: readonly CertificateAuthority[];
  readonly flow?: Omit<EnrollmentOptions, 'openSources' | 'clock'>;
  /** False: time stands still unless the test lets it pass. */
  readonly clock?: AutoClock;
}

export interface FlowBench {
  readonly flow: EnrollmentFlow;
  readonly simulated: SimulatedReader;
  readonly usb: SimulatedUsb;
  readonly card: PersistentCard;
  readonly clock: AutoClock;
  readonly trace: TraceEvent[];
  /** Kinds of all states shown so far. */
  readonly shown: EnrollmentStateKind[];
  /** v7 functions called so far, with what they were about. */
  calls(): string[];
}

/** The whole flow on a simulated reader and card; minutes pass at once. */
export function flowBench(options: FlowBenchOptions = {}): FlowBench {
  watchCrypto();
  const clock = options.clock ?? new AutoClock(cryptoIsBusy);
  const given = options.card ?? { profile: 'yubikey-5.7' };
  const card = 'transmit' in given ? given : createPivCard(given);
  const simulated = createSimulatedReader({ clock, cards: [options.card === null ? null : card], ...options.reader });
  const usb = createSimulatedUsb([simulated.device], options.host);
  const trace: TraceEvent[] = [];
  const flow = createEnrollmentFlow({
    openSources: (to) => [createWebUsbSource({ usb, environment: options.environment ?? openPage, simulated: true, trace: to, clock })],
    clock,
    authorities: options.authorities ?? [createDemonstrationAuthority()],
    idleMs: Number.POSITIVE_INFINITY,
    ...options.flow,
    trace: (event) => {
      trace.push(event);
      options.flow?.trace?.(event);
    },
  });
  const shown: EnrollmentStateKind[] = [];
  flow.subscribe((state) => shown.push(state.kind));
  return {
    flow,
    simulated,
    usb,
    card,
    clock,
    trace,
    shown,
    calls: () =>
      trace.flatMap((event) =>
        event.layer === 'minidriver'
          ? [
              `${event.entryPoint}${event.detail === undefined ? '' : ` ${event.detail}`}${event.result === 0 ? '' : ` = ${event.result.toString(16)}`}`,
            ]
          : [],
      ),
  };
}

/** The present state, which must be of this kind. */
export function at<Kind extends EnrollmentStateKind>(flow: EnrollmentFlow, kind: Kind): EnrollmentStateOf<Kind> {
  const { state } = flow;
  if (state.kind !== kind) throw new Error(`expected ${kind}, is ${describe(state)}`);
  return state as EnrollmentStateOf<Kind>;
}

function describe(state: EnrollmentState): string {
  const problem = 'problem' in state ? state.problem : 'mistake' in state ? state.mistake : undefined;
  return `${state.kind}${problem === undefined ? '' : ` ${problem.code} ${problem.what} ${JSON.stringify(problem.detail)}`}`;
}

/** Resolves when the state is of one of these kinds. */
export function until(flow: EnrollmentFlow, ...kinds: readonly EnrollmentStateKind[]): Promise<EnrollmentState> {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => {
      stop();
      reject(new Error(`waited for ${kinds.join(', ')}, is ${describe(flow.state)}`));
    }, 20_000);
    const stop = flow.subscribe((state) => look(state));
    const look = (state: EnrollmentState): void => {
      if (!kinds.includes(state.kind)) return;
      clearTimeout(patience);
      stop();
      resolve(state);
    };
    look(flow.state);
  });
}

export const planFor = (containerIndex: number, keyType: 'P-256' | 'P-384' | 'RSA-2048', more: Partial<KeyPlan> = {}): KeyPlan => ({
  containerIndex,
  key: { kind: 'generate', keyType },
  subject: 'CN=Ada Lovelace,O=Example',
  ...more,
});

/** From anywhere before the overview to the request. */
export async function toRequest(
  flow: EnrollmentFlow,
  plan: KeyPlan,
  key: ManagementKeyChoice = { mode: 'default' },
  pin: string = PIN,
): Promise<void> {
  await flow.connect();
  await flow.openKeyChoice();
  await flow.chooseKey(plan);
  if (flow.state.kind === 'confirm-overwrite') await flow.confirmOverwrite();
  if (flow.state.kind === 'management-key') await flow.submitManagementKey(key);
  await flow.submitPin(typed(pin));
}

/** A whole enrollment by the demonstration authority. */
export async function enroll(flow: EnrollmentFlow, plan: KeyPlan, key?: ManagementKeyChoice, pin?: string): Promise<EnrollmentState> {
  await toRequest(flow, plan, key, pin);
  await flow.issueCertificate('demonstration');
  await flow.writeCertificate();
  return flow.state;
}
