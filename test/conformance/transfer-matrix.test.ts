import { expect } from 'vitest';
import {
  READER_ENDPOINTS,
  type SimulatedReaderOptions,
  TRANSFER_FAULT_ENDS,
  TRANSFER_FAULT_KINDS,
  type TransferFault,
  type TransferFaultEnd,
  type TransferFaultKind,
} from '../../src/simulator/index.ts';
import { attempt, commandsOf, lab, matrix, type PlannedFault, runCase } from './fault-matrix-lab.ts';

const { bulkIn, bulkOut, interruptIn } = READER_ENDPOINTS;

/** A fault of one transfer. */
const planned = (fault: TransferFault): PlannedFault => {
  let before = 0;
  return {
    plant: ({ simulated }) => simulated.device.faults.plant(fault),
    clear: ({ simulated }) => simulated.device.faults.clear(),
    met: ({ simulated }) => {
      const { struck } = simulated.device.faults;
      const met = struck > before;
      before = struck;
      return met;
    },
    never: fault.until === 'never',
  };
};

/** CCID 1.1, 5.3.3. */
const GET_DATA_RATES = 3;

interface Pipe {
  readonly name: string;
  readonly address: number;
  readonly bRequest?: number;
  readonly kinds: readonly TransferFaultKind[];
}

/** What goes out halts in one way only. */
const OUT_KINDS: readonly TransferFaultKind[] = ['stall', 'noise', 'silence', 'unplug'];
const PIPES: readonly Pipe[] = [
  { name: 'bulk IN', address: bulkIn, kinds: TRANSFER_FAULT_KINDS },
  { name: 'bulk OUT', address: bulkOut, kinds: OUT_KINDS },
  { name: 'interrupt IN', address: interruptIn, kinds: TRANSFER_FAULT_KINDS },
  { name: 'GET_DATA_RATES', address: 0, bRequest: GET_DATA_RATES, kinds: OUT_KINDS },
];

/** A table of rates, which is read by a control request at TPDU level, and speeds to choose from. */
const withTable = (options: SimulatedReaderOptions): SimulatedReaderOptions =>
  options.level === 'tpdu' ? { ...options, ccid: { bNumDataRatesSupported: 2 }, dataRates: [10_753, 12_903] } : options;

/** Left out: answers that all wait for the next owner, whose bSeq begins where theirs did on a clock that stands still. */
const endsOf = (address: number, kind: TransferFaultKind): readonly TransferFaultEnd[] =>
  address === bulkIn && kind === 'stall-and-go-on' ? ['once'] : TRANSFER_FAULT_ENDS;

matrix('transfer matrix: kind x transfer x end, over select + read + sign', async ({ name, options, atr }, piv) => {
  const reader = withTable(options);
  const first = await lab(reader, piv.card, atr);
  const { faults } = first.simulated.device;
  const before = PIPES.map(({ address }) => faults.transfersAt(address));
  await attempt(first);
  const moments = PIPES.map(({ address, bRequest }, index) =>
    bRequest === undefined
      ? faults.transfersAt(address) - (before[index] ?? 0)
      : first.simulated.journal.controlRequests.filter((request) => request.bRequest === bRequest).length,
  );
  const messages = first.simulated.journal.commands.length;
  const clean = commandsOf(first);
  // Each message goes out in one transfer, and some answers take a second one.
  expect(moments[1]).toBe(messages);
  expect(moments[0]).toBeGreaterThan(messages);
  expect(moments[3]).toBe(options.level === 'tpdu' ? 1 : 0);
  const wrong: string[] = [];
  let cases = 0;
  for (const [index, { name: pipe, kinds, ...where }] of PIPES.entries())
    for (const kind of kinds)
      for (const until of endsOf(where.address, kind))
        for (const taken of where.address === bulkOut && (kind === 'noise' || kind === 'silence') ? [false, true] : [false])
          for (let at = 1; at <= (moments[index] ?? 0); at++) {
            cases++;
            const came = await runCase(await lab(reader, piv.card, atr), planned({ ...where, kind, until, at, taken }), clean, piv.publicKey);
            if (came !== '') wrong.push(`${pipe} ${kind}, until ${until}, at transfer ${at}${taken ? ', taken' : ''}: ${came}`);
          }
  const counted = PIPES.map(({ name: pipe }, index) => `${moments[index]} ${pipe}`).join(', ');
  console.log(`transfer matrix, ${name}: ${cases} cases; transfers: ${counted}`);
  expect(wrong).toEqual([]);
});
