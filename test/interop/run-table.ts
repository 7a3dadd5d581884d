import { beforeAll, describe, expect, it } from 'vitest';
import type { PivProfileName } from '../../src/simulator/card/index.ts';
import type { Lab } from './lab.ts';
import { type Plant, plants } from './plants.ts';
import { prepare, type Station, type Step } from './station.ts';
import { steps } from './steps/index.ts';
import { interop } from './suite.ts';
import { profiles, type Row, table, type Tool } from './table.ts';

function stepOf(tool: Tool, name: string): Step {
  const step = steps[tool][name];
  if (step === undefined) throw new Error(`no step "${name}" of ${tool}`);
  return step;
}

/** What a step that must not pass says: the tool's output, or what was found where something else was expected. @throws when it passes */
async function failureOf(step: Step, station: Station): Promise<string> {
  const failure: unknown = await step(station).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof Error)) throw new Error('it passed');
  return 'actual' in failure ? `${failure.message}\n${String(failure.actual)}` : failure.message;
}

async function judge({ tool, step: name, cells }: Row, station: Station): Promise<void> {
  const cell = cells[station.profile];
  const step = stepOf(tool, name);
  if (cell === 'works') return step(station);
  expect(await failureOf(step, station)).toMatch(cell.says);
}

/** The card that is wrong, with the files that its steps left; or, for a stranger, with those of another card. */
async function plant(lab: Lab, { tool, profile, order, after = [], stranger = false }: Plant): Promise<Station> {
  const made = async (): Promise<Station> => {
    const station = await prepare(tool, lab, profile, order);
    for (const name of after) await stepOf(tool, name)(station);
    return station;
  };
  const first = await made();
  if (!stranger) return first;
  const image = await lab.save();
  const second = await made();
  await lab.card({ profile, image });
  return second;
}

/** One tool's rows: what works and what is refused on each profile, and what each judge says of cards that are wrong. */
export function runTable(tool: Tool, more: (lab: () => Lab) => void = () => {}): void {
  const rows = table.filter((row) => row.tool === tool);
  interop(tool, (lab) => {
    describe.each(profiles)('%s', (profile: PivProfileName) => {
      let station: Station | undefined;
      beforeAll(async () => {
        station = await prepare(tool, lab(), profile);
      });
      it.each(rows.map((row) => [row.step, title(row, profile), row] as const))('%s: %s', async (_step, _title, row) => {
        if (station === undefined) throw new Error('no card');
        await judge(row, station);
      });
    });
    describe.each(plants.filter((each) => each.tool === tool))('$name', (planted) => {
      let station: Station | undefined;
      beforeAll(async () => {
        station = await plant(lab(), planted);
      });
      it.each(Object.entries(planted.fails))('seen by %s', async (name, says) => {
        if (station === undefined) throw new Error('no card');
        expect(await failureOf(stepOf(tool, name), station)).toMatch(says);
      });
    });
    more(lab);
  });
}

function title({ cells }: Row, profile: PivProfileName): string {
  const cell = cells[profile];
  return cell === 'works' ? cell : `refused, ${cell.refused}`;
}
