/** One ratio against its budget. A ratio over budget by more than a quarter fails the run: machines are shared and noisy. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly budget: number;
  readonly unit?: string;
  readonly note?: string;
}

const rows: Ratio[] = [];

export function heading(text: string): void {
  console.log(`\n${text}`);
}

/** A figure that has no budget. */
export function fact(text: string): void {
  console.log(`  ${text}`);
}

export function ratio(row: Ratio): void {
  rows.push(row);
  const verdict = row.value <= row.budget ? 'ok' : row.value <= row.budget * 1.25 ? 'over, within a quarter' : 'OVER';
  console.log(
    `  ${row.name.padEnd(64)} ${row.value.toFixed(row.unit === undefined ? 2 : 3)}${row.unit ?? ' x'}  budget ${row.budget}${row.unit ?? ' x'}  ${verdict}${row.note === undefined || row.note === '' ? '' : `  (${row.note})`}`,
  );
}

export function overBudget(list: readonly Ratio[] = rows): Ratio[] {
  return list.filter((row) => !(row.value <= row.budget * 1.25));
}
