import assert from 'node:assert/strict';
import { type Bytes, copy } from '../../../../src/codec/bytes.ts';
import { CodecError } from '../../../../src/codec/errors.ts';
import { toHex } from '../../../../src/codec/hex.ts';
import { CardError, type CardReason } from '../../../../src/piv/errors.ts';
import { findSecrets, type Secret } from '../../../secret-search.ts';
import type { Framing } from './damage.ts';

/* One reader of octets, what it may do with whatever comes, and the judge of what it did. */

/** A reader as the tests see it. */
export interface ReaderRow<T> {
  readonly name: string;
  /** The functions of src/piv that this row runs: `file function`. */
  readonly covers: readonly string[];
  /** Valid octets: each is taken. */
  readonly samples: readonly Bytes[];
  readonly framing: Framing;
  /** Tags of one octet (SP 800-73-4 part 1, appendix A) at the outermost level. */
  readonly simple?: boolean;
  /** Elements are found by their tag: their order says nothing, and of two with one tag the first is taken. */
  readonly named?: boolean;
  /** Undefined says: there is nothing. */
  readonly read: (octets: Bytes) => T | Promise<T>;
  /** Throws for a value that nobody may be given. */
  readonly wellFormed: (value: NonNullable<T>, octets: Bytes) => void;
  /** Octets of a value are octets of the input, unless they are put together anew. */
  readonly anew?: boolean;
  /** What it may throw; CodecError where nothing is said. */
  readonly refuses?: (error: unknown) => boolean;
  /** Octets in the samples that no error may hold. */
  readonly secrets?: readonly Secret[];
}

export type Outcome = 'error' | 'nothing' | 'value';

/** A row without its type of value. */
export interface Row extends Omit<ReaderRow<unknown>, 'read' | 'wellFormed'> {
  /** Judges one input. Throws when the reader did what none may do. */
  readonly judge: (octets: Bytes) => Promise<Outcome>;
  /** The value as text, for comparing; undefined for an error or nothing. */
  readonly textOf: (octets: Bytes) => Promise<string | undefined>;
}

export const isCodecError = (error: unknown): boolean => error instanceof CodecError;
/** Errors of the card's own side, for these reasons. */
export const isCardError =
  (...reasons: readonly CardReason[]) =>
  (error: unknown): boolean =>
    error instanceof CardError && reasons.includes(error.reason);

/** A value as text, octets in hexadecimal. */
export function snapshot(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each instanceof Uint8Array ? `octets ${toHex(each)}` : typeof each === 'bigint' ? String(each) : each,
  );
}

const latin1 = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1');

function octetsIn(value: unknown, found: Uint8Array[] = []): readonly Uint8Array[] {
  if (value instanceof Uint8Array) found.push(value);
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) octetsIn(each, found);
  return found;
}

/** Texts of errors that were searched already: the same words hold the same. */
const searched = new Set<string>();

function checkSecrets(error: unknown, secrets: readonly Secret[]): void {
  const chain: unknown[] = [];
  for (let each = error; each instanceof Error && chain.length < 6; each = each.cause) chain.push([each.message, { ...each }]);
  const text = snapshot([secrets.map(({ name }) => name), chain]);
  if (searched.has(text)) return;
  searched.add(text);
  assert.deepEqual(findSecrets(error, secrets), []);
}

export function row<T>(reader: ReaderRow<T>): Row {
  const { read, wellFormed, refuses = isCodecError, secrets = [] } = reader;
  return {
    ...reader,
    async judge(octets) {
      const before = copy(octets);
      let value: T;
      try {
        value = await read(octets);
      } catch (error) {
        if (!refuses(error)) throw error;
        if (secrets.length > 0) checkSecrets(error, secrets);
        return 'error';
      }
      assert.equal(toHex(octets), toHex(before), 'the input was changed');
      if (value === undefined || value === null) return 'nothing';
      // What was read belongs to the reader: it does not change with the buffer that the next answer comes in.
      const text = snapshot(value);
      octets.fill(0xa5);
      assert.equal(snapshot(value), text, 'the value lives in the input');
      if (reader.anew !== true) {
        const whole = latin1(before);
        for (const each of octetsIn(value)) assert.ok(whole.includes(latin1(each)), 'octets that were not there');
      }
      wellFormed(value, before);
      return 'value';
    },
    async textOf(octets) {
      try {
        const value = await read(copy(octets));
        return value === undefined || value === null ? undefined : snapshot(value);
      } catch (error) {
        if (!refuses(error)) throw error;
        return undefined;
      }
    },
  };
}
