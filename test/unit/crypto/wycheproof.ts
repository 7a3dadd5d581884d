import { corpusJson } from '../../corpora.ts';

export interface WycheproofTest {
  readonly tcId: number;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
  /** Other members, all text. */
  readonly [name: string]: unknown;
}

/** A test group: its own members are kept as they are. */
export interface WycheproofGroup {
  readonly tests: readonly WycheproofTest[];
  readonly [name: string]: unknown;
}

/** The groups of one Wycheproof file. */
export function wycheproof(name: string): readonly WycheproofGroup[] {
  return (corpusJson(`wycheproof/${name}`) as { testGroups: readonly WycheproofGroup[] }).testGroups;
}

/** A text member of a group or a test. */
export function text(from: WycheproofGroup | WycheproofTest, name: string): string {
  const value = from[name];
  if (typeof value !== 'string') throw new Error(`no text member ${name}`);
  return value;
}
