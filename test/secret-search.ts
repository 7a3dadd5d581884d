/*
 * Looks for secrets in anything: traces, states, reports, texts. A secret is found raw, reversed, in hexadecimal of both cases with and
 * without separators, in Base64 and Base64url at all three alignments, in UTF-16LE, and as a list of decimal numbers.
 */

export interface Secret {
  readonly name: string;
  readonly octets: Uint8Array;
}

export interface Leak {
  readonly secret: string;
  readonly form: string;
}

const latin1 = (octets: Uint8Array): string => {
  let out = '';
  for (const octet of octets) out += String.fromCharCode(octet);
  return out;
};

const hex = (octets: Uint8Array, separator: string): string => Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join(separator);

/** The characters of Base64 that the secret alone decides when `before` octets of something else stand before it. */
function base64At(octets: Uint8Array, before: 0 | 1 | 2): string {
  const whole = btoa(latin1(Uint8Array.from([...new Uint8Array(before), ...octets])));
  const decidedFrom = before === 0 ? 0 : before + 1;
  return whole.slice(decidedFrom, Math.floor(((before + octets.length) * 8) / 6));
}

/** Every form that is looked for, by name. */
export function formsOf(octets: Uint8Array): ReadonlyMap<string, string> {
  const forms = new Map<string, string>();
  const backwards = Uint8Array.from(octets).reverse();
  forms.set('raw', latin1(octets));
  forms.set('reversed', latin1(backwards));
  for (const [order, value] of [
    ['', octets],
    ['reversed ', backwards],
  ] as const)
    for (const [name, separator] of [
      ['', ''],
      [' with blanks', ' '],
      [' with colons', ':'],
      [' with dashes', '-'],
    ] as const) {
      forms.set(`${order}hex${name}`, hex(value, separator));
      forms.set(`${order}HEX${name}`, hex(value, separator).toUpperCase());
    }
  for (const before of [0, 1, 2] as const) {
    forms.set(`base64 at ${before}`, base64At(octets, before));
    forms.set(`base64url at ${before}`, base64At(octets, before).replace(/\+/g, '-').replace(/\//g, '_'));
  }
  forms.set(
    'UTF-16LE',
    latin1(Uint8Array.from(octets).reduce<Uint8Array>((out, octet, i) => (out.set([octet, 0], 2 * i), out), new Uint8Array(2 * octets.length))),
  );
  forms.set('decimal', octets.join(','));
  forms.set('decimal with blanks', octets.join(' '));
  forms.set('decimal, spaced', octets.join(', '));
  return forms;
}

/** All strings and octets in a value, names of members included; octets and lists of numbers as characters and in decimal. */
export function textsIn(value: unknown): readonly string[] {
  const texts: string[] = [];
  const seen = new Set<object>();
  const walk = (each: unknown): void => {
    if (typeof each === 'string') texts.push(each);
    else if (typeof each === 'number' || typeof each === 'bigint') texts.push(String(each), each.toString(16));
    else if (typeof each === 'object' && each !== null && !seen.has(each)) {
      seen.add(each);
      if (ArrayBuffer.isView(each)) {
        const octets = new Uint8Array(each.buffer, each.byteOffset, each.byteLength);
        texts.push(latin1(octets), new TextDecoder().decode(octets));
      } else if (each instanceof ArrayBuffer) walk(new Uint8Array(each));
      else if (each instanceof Map || each instanceof Set) for (const inner of each) walk(inner);
      else if (Array.isArray(each)) {
        const list: readonly unknown[] = each;
        if (list.length > 0 && list.every((item) => typeof item === 'number' && Number.isInteger(item) && item >= 0 && item < 256))
          walk(Uint8Array.from(list as readonly number[]));
        for (const item of list) walk(item);
        if (list.some((item) => typeof item === 'number')) texts.push(list.join(','));
      } else {
        if (each instanceof Error) walk([each.name, each.message, each.stack, each.cause]);
        for (const [name, inner] of Object.entries(each)) {
          texts.push(name);
          walk(inner);
        }
      }
    }
  };
  walk(value);
  return texts;
}

/** The secrets that stand somewhere in the value, each with the form it was found in. */
export function findSecrets(value: unknown, secrets: readonly Secret[]): readonly Leak[] {
  // A character that no form has keeps texts apart; a secret split over two of them would not be found by a reader either.
  const haystack = textsIn(value).join('\u{10ffff}');
  // Text that was stored as UTF-8 or UTF-16 octets is found in the octets' characters.
  return secrets.flatMap(({ name, octets }) =>
    [...formsOf(octets)].flatMap(([form, needle]) => (haystack.includes(needle) ? [{ secret: name, form }] : [])),
  );
}
