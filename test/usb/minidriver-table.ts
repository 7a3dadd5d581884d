import { readFileSync } from 'node:fs';
import path from 'node:path';

/*
 * README.md, "What computes where": a row names operations and the engines that compute them. `f`, `g`: a, b stands for f: a, f: b, g: a
 * and g: b. The row of all the rest has a number instead.
 */

const HEADING = '## What computes where';

/** Engines by operation, and how many operations the last row stands for. */
export interface EngineTable {
  readonly engines: ReadonlyMap<string, readonly string[]>;
  readonly rest: number;
}

export const readmeText = (): string => readFileSync(path.resolve(import.meta.dirname, '..', '..', 'README.md'), 'utf8');

const list = (text: string): string[] => text.split(',').map((item) => item.trim());

/** Operations that a cell stands for. */
function operations(cell: string): string[] {
  const at = cell.indexOf(': ');
  const functions = list((at < 0 ? cell : cell.slice(0, at)).replaceAll('`', ''));
  const variants = at < 0 ? [''] : list(cell.slice(at + 2)).map((variant) => `: ${variant}`);
  return functions.flatMap((name) => variants.map((variant) => name + variant));
}

/** @throws when the section has no such table, or an operation stands in two rows */
export function engineTable(readme: string): EngineTable {
  const start = readme.indexOf(HEADING);
  const section = readme.slice(start, readme.indexOf('\n## ', start + 1));
  const rows = [...section.matchAll(/^\| (.+?) \| (.+?) \|$/gm)].map(([, operation = '', engine = '']) => [operation, engine] as const).slice(1);
  const engines = new Map<string, readonly string[]>();
  let rest: number | undefined;
  for (const [cell, engine] of rows) {
    const others = /^all others \((\d+)\)$/.exec(cell)?.[1];
    if (others !== undefined) {
      if (engine !== 'none') throw new Error('the rest is computed by nobody here');
      rest = Number(others);
      continue;
    }
    for (const name of operations(cell)) {
      if (engines.has(name)) throw new Error(`${name} stands in two rows`);
      engines.set(name, engine === 'none' ? [] : list(engine).sort());
    }
  }
  if (start < 0 || rest === undefined) throw new Error('README.md has no such table');
  return { engines, rest };
}

/** What the table says otherwise than what was counted; empty when they are equal. */
export function differences(table: EngineTable, counted: ReadonlyMap<string, readonly string[]>): string[] {
  const words = (engines: readonly string[] | undefined): string => (engines === undefined ? 'nothing' : engines.join(', ') || 'none');
  const found: string[] = [];
  for (const [name, engines] of table.engines) {
    const real = counted.get(name);
    if (real === undefined || words(real) !== words(engines)) found.push(`${name}: the table says ${words(engines)}, counted ${words(real)}`);
  }
  const rest = [...counted].filter(([name]) => !table.engines.has(name));
  for (const [name, engines] of rest) if (engines.length > 0) found.push(`${name}: not in the table, counted ${words(engines)}`);
  if (rest.length !== table.rest) found.push(`all others: the table says ${table.rest}, counted ${rest.length}`);
  return found;
}
