import fc from 'fast-check';
import { type Bytes, bytes, concat, copy } from '../../../../src/codec/bytes.ts';

/*
 * What a hostile or broken card makes of a valid answer: cut off anywhere, every octet changed, every length wrong, elements twice, missing,
 * out of order, nested without end, rubbish behind. Elements are found by a reader of its own (ISO/IEC 7816-4, 5.2.2), not by the one under
 * test.
 */

/** How the octets are framed, which says what no reader may take. */
export type Framing =
  /** One element around all: no part of it, and nothing behind it. */
  | 'one'
  /** Elements in a row: no cut inside one, no half one behind. */
  | 'list'
  /** A length of its own: no other. */
  | 'fixed'
  /** Whole or not at all; what follows may be passed over. */
  | 'front'
  /** Anything may be meant. */
  | 'free';

/** One element as it stands. */
export interface Element {
  readonly start: number;
  readonly lengthAt: number;
  readonly from: number;
  readonly to: number;
}

/** The elements that fill `from`..`to`; undefined when they do not. */
export function elementsOf(source: Uint8Array, simple: boolean, from = 0, to: number = source.length): readonly Element[] | undefined {
  const found: Element[] = [];
  for (let at = from; at < to;) {
    const start = at;
    const tag = source[at++] ?? 0;
    if (!simple && (tag & 0x1f) === 0x1f) while (at < to && (source[at++] ?? 0) >= 0x80);
    const lengthAt = at;
    let length = at < to ? (source[at++] ?? 0) : -1;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 3 || at + count > to) return undefined;
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + (source[at++] ?? 0);
    }
    if (length < 0 || at + length > to) return undefined;
    found.push({ start, lengthAt, from: at, to: at + length });
    at += length;
  }
  return found;
}

/** Elements at all depths: every value that is a row of elements counts as one. At most 100, the first ones. */
function allElements(source: Uint8Array, simple: boolean): readonly Element[] {
  const found: Element[] = [];
  const descend = (list: readonly Element[], depth: number): void => {
    for (const each of list) {
      if (found.length >= 100) return;
      found.push(each);
      if (each.to > each.from && depth < 6) descend(elementsOf(source, false, each.from, each.to) ?? [], depth + 1);
    }
  };
  descend(elementsOf(source, simple) ?? [], 0);
  return found;
}

export interface Damaged {
  readonly what: string;
  readonly octets: Bytes;
  /** True when no reader may take it for something. */
  readonly hopeless: boolean;
}

const LENGTHS: readonly (readonly number[])[] = [
  [0x80],
  [0xff],
  [0x81, 0xff],
  [0x82, 0xff, 0xff],
  [0x83, 0xff, 0xff, 0xff],
  [0x84, 0xff, 0xff, 0xff, 0xff],
  [0x84, 0, 0, 0, 1],
  [0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
];

function* cuts(sample: Bytes, simple: boolean, framing: Framing): Generator<Damaged> {
  const ends = new Set((elementsOf(sample, simple) ?? []).map(({ to }) => to));
  for (let length = 0; length < sample.length; length++) {
    const hopeless = framing === 'fixed' || framing === 'front' || (length > 0 && (framing === 'one' || (framing === 'list' && !ends.has(length))));
    yield { what: `cut to ${length}`, octets: sample.slice(0, length), hopeless };
  }
}

function* changes(sample: Bytes): Generator<Damaged> {
  for (let at = 0; at < sample.length; at++) {
    const was = sample[at] ?? 0;
    const values =
      sample.length <= 64
        ? Array.from({ length: 256 }, (_, value) => value)
        : [was ^ 0x01, was ^ 0x20, was ^ 0x80, was + 1, was - 1, 0x00, 0x30, 0x7f, 0x80, 0x84, 0xff];
    for (const value of new Set(values.map((each) => each & 0xff))) {
      if (value === was) continue;
      const octets = copy(sample);
      octets[at] = value;
      yield { what: `octet ${at} is ${value.toString(16)}`, octets, hopeless: false };
    }
  }
}

function* lengths(sample: Bytes, simple: boolean, framing: Framing): Generator<Damaged> {
  const outer = new Set((elementsOf(sample, simple) ?? []).map(({ start }) => start));
  for (const { start, lengthAt, from, to } of allElements(sample, simple)) {
    const given = to - from;
    const put = (octets: readonly number[]): Bytes => concat(sample.subarray(0, lengthAt), bytes(octets), sample.subarray(from));
    for (const octets of LENGTHS) {
      // A length beyond the end, and forms that nobody may take: without end, of four octets and more.
      const beyond = octets[0] !== 0x81 || sample.length - from < 0xff;
      const framed = outer.has(start) && (framing === 'one' || framing === 'list');
      yield { what: `length at ${lengthAt} is ${octets.join(' ')}`, octets: put(octets), hopeless: framed && beyond && sample.length < 0xff00 };
    }
    for (const length of [given - 1, given + 1, 0])
      if (length >= 0)
        yield {
          what: `length at ${lengthAt} is ${length}`,
          octets: put(length < 0x80 ? [length] : [0x82, length >>> 8, length & 0xff]),
          hopeless: length !== given && framing === 'one' && outer.has(start),
        };
  }
}

/** An element whose value is nested in its own tag, with lengths that fit and with lengths that never end. */
function* nested(sample: Bytes, simple: boolean): Generator<Damaged> {
  for (const { start, lengthAt, from, to } of allElements(sample, simple)) {
    const tag = sample.subarray(start, lengthAt);
    const length = (count: number): Bytes => bytes(count < 0x80 ? [count] : count < 0x10000 ? [0x82, count >>> 8, count & 0xff] : [0x83, 0, 0, 0]);
    let inner = copy(sample.subarray(from, to));
    for (let depth = 0; depth < 200; depth++) inner = concat(tag, length(inner.length), inner);
    yield { what: `nested at ${start}`, octets: concat(sample.subarray(0, start), inner, sample.subarray(to)), hopeless: false };
    const endless = concat(...Array.from({ length: 4000 }, () => concat(tag, bytes([0x80]))));
    yield { what: `nested without end at ${start}`, octets: concat(sample.subarray(0, start), endless, sample.subarray(to)), hopeless: false };
  }
}

/** Tag, length in its shortest form, value. */
function element(tag: Uint8Array, value: Uint8Array): Bytes {
  const count = value.length;
  return concat(tag, bytes(count < 0x80 ? [count] : count < 0x100 ? [0x81, count] : [0x82, count >>> 8, count & 0xff]), value);
}

/** One value of another length, or of zeros, and every length around it right again: only what the value means is wrong. */
function* resized(sample: Bytes, simple: boolean, framing: Framing): Generator<Damaged> {
  const all = framing === 'fixed' || framing === 'free' ? [] : allElements(sample, simple);
  for (const target of all) {
    const value = sample.subarray(target.from, target.to);
    const others = [value.subarray(1), value.subarray(0, -1), concat(value, bytes([0x5a])), concat(value, value), bytes(0), bytes(value.length)];
    for (const [i, other] of others.entries()) {
      let [inner, { start, to }] = [other, target];
      let whole = element(sample.subarray(start, target.lengthAt), inner);
      const around = all.filter((each) => each.from <= target.start && each.to >= target.to && each !== target).reverse();
      for (const outer of around) {
        inner = concat(sample.subarray(outer.from, start), whole, sample.subarray(to, outer.to));
        whole = element(sample.subarray(outer.start, outer.lengthAt), inner);
        ({ start, to } = outer);
      }
      yield { what: `value ${i} at ${target.from}`, octets: concat(sample.subarray(0, start), whole, sample.subarray(to)), hopeless: false };
    }
  }
}

/** Elements twice, missing, exchanged; all at one level, whatever is around them keeps its length and so is wrong as well. */
function* structure(sample: Bytes, simple: boolean): Generator<Damaged> {
  for (const { start, to } of allElements(sample, simple)) {
    const element = sample.subarray(start, to);
    yield { what: `twice at ${start}`, octets: concat(sample.subarray(0, to), element, sample.subarray(to)), hopeless: false };
    yield { what: `missing at ${start}`, octets: concat(sample.subarray(0, start), sample.subarray(to)), hopeless: false };
  }
  const many = concat(...Array.from({ length: 3000 }, () => bytes([sample[0] ?? 0, 0])));
  yield { what: 'thousands of empty elements', octets: many, hopeless: false };
}

function* trailing(sample: Bytes, framing: Framing): Generator<Damaged> {
  const hopeless = framing === 'one' || framing === 'fixed';
  for (const rubbish of [[0x00], [0xff], [0x90, 0x00], [0x00, 0x00], [...sample.slice(0, 200)]]) {
    const half = framing === 'list' && rubbish.length === 1;
    yield { what: `${rubbish.length} octets behind`, octets: concat(sample, bytes(rubbish)), hopeless: hopeless || half };
  }
}

/** Everything that is made of one sample. */
export function* damagedFrom(sample: Bytes, simple: boolean, framing: Framing): Generator<Damaged> {
  yield* cuts(sample, simple, framing);
  yield* changes(sample);
  yield* lengths(sample, simple, framing);
  yield* resized(sample, simple, framing);
  yield* nested(sample, simple);
  yield* structure(sample, simple);
  yield* trailing(sample, framing);
}

/** The same elements in other orders, for readers that go by names: each pair exchanged. Inside the one that is around all, where there is one. */
export function* reordered(sample: Bytes, simple: boolean, framing: Framing): Generator<Bytes> {
  const [outer] = elementsOf(sample, simple) ?? [];
  const from = framing === 'one' ? (outer?.from ?? 0) : 0;
  const list = elementsOf(sample, simple && framing !== 'one', from) ?? [];
  const parts = list.map(({ start, to }) => sample.slice(start, to));
  for (let i = 0; i < parts.length; i++)
    for (let k = i + 1; k < parts.length; k++) {
      const [a, b] = [parts[i] ?? bytes(0), parts[k] ?? bytes(0)];
      yield concat(sample.subarray(0, from), ...parts.map((part, at) => (at === i ? b : at === k ? a : part)));
    }
}

/** The same elements, and behind them one of each again with another value: the first counts. */
export function* repeated(sample: Bytes, simple: boolean, framing: Framing): Generator<Bytes> {
  const [outer] = elementsOf(sample, simple) ?? [];
  const inside = framing === 'one' && outer !== undefined;
  const from = inside ? outer.from : 0;
  for (const { start, from: at, to } of elementsOf(sample, simple && !inside, from) ?? []) {
    const again = sample.slice(start, to);
    for (let i = at - start; i < again.length; i++) again[i] = (again[i] ?? 0) ^ 0x01;
    const content = concat(sample.subarray(from), again);
    yield inside ? concat(sample.subarray(0, outer.lengthAt), bytes([0x82, content.length >>> 8, content.length & 0xff]), content) : content;
  }
}

/** Any octets, and octets that look like elements. */
export const anyOctets: fc.Arbitrary<Bytes> = fc
  .oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0x00, 0x01, 0x02, 0x30, 0x53, 0x5f, 0x7c, 0x7f, 0x80, 0x81, 0x82, 0x86, 0xfe) }, fc.nat(255)),
      {
        maxLength: 80,
      },
    ),
  )
  .map((octets) => copy(Uint8Array.from(octets)));
