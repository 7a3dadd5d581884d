/** A status word by what the caller does next (ISO/IEC 7816-4, 5.1.3 and tables 5 to 7). `sw` is SW1 SW2 as one number. */
export type Status =
  | { readonly kind: 'done'; readonly sw: number }
  /** 61xx: `bytes` more can be fetched, 256 standing for 256 or more. */
  | { readonly kind: 'more'; readonly sw: number; readonly bytes: number }
  /** 6Cxx: Le was wrong, `ne` is right; nothing was done. */
  | { readonly kind: 'wrong-le'; readonly sw: number; readonly ne: number }
  /** 63Cx: a wrong secret, `left` tries remain. */
  | { readonly kind: 'retries'; readonly sw: number; readonly left: number }
  /** 62xx, 63xx: done, with a remark. `changed`: the non-volatile memory was changed. */
  | { readonly kind: 'warning'; readonly sw: number; readonly changed: boolean }
  | { readonly kind: 'error'; readonly sw: number };

/** Sorts a status word. */
export function statusOf(sw: number): Status {
  const sw1 = sw >>> 8;
  const sw2 = sw & 0xff;
  if (sw === 0x9000) return { kind: 'done', sw };
  if (sw1 === 0x61) return { kind: 'more', sw, bytes: sw2 === 0 ? 256 : sw2 };
  if (sw1 === 0x6c) return { kind: 'wrong-le', sw, ne: sw2 === 0 ? 256 : sw2 };
  if (sw1 === 0x63 && sw2 >= 0xc0 && sw2 <= 0xcf) return { kind: 'retries', sw, left: sw2 & 0x0f };
  if (sw1 === 0x62 || sw1 === 0x63) return { kind: 'warning', sw, changed: sw1 === 0x63 };
  return { kind: 'error', sw };
}

/** SW2 and its name, one line for each SW1; xx00 also names every status word of that SW1 that has no row. */
const names: Readonly<Record<string, string>> = {
  '9000': 'done',
  '6200': 'warning, memory unchanged',
  '6281': 'part of the data may be corrupted',
  '6282': 'end of file before Le bytes',
  '6283': 'file or application deactivated',
  '6284': 'file control information badly formatted',
  '6285': 'file in termination state',
  '6286': 'no data from the sensor',
  '6300': 'warning, memory changed',
  '6381': 'file filled by the last write',
  '6400': 'execution error, memory unchanged',
  '6401': 'immediate response required by the card',
  '6500': 'execution error, memory changed',
  '6581': 'memory failure',
  '6600': 'security issue',
  '6700': 'wrong length',
  '6800': 'function in CLA not supported',
  '6881': 'logical channel not supported',
  '6882': 'secure messaging not supported',
  '6883': 'last command of the chain expected',
  '6884': 'command chaining not supported',
  '6900': 'command not allowed',
  '6981': 'command incompatible with file structure',
  '6982': 'security status not satisfied',
  '6983': 'authentication method blocked',
  '6984': 'reference data not usable',
  '6985': 'conditions of use not satisfied',
  '6986': 'no current EF',
  '6987': 'secure messaging data objects missing',
  '6988': 'secure messaging data objects incorrect',
  '6a00': 'wrong parameters P1-P2',
  '6a80': 'incorrect data in the command',
  '6a81': 'function not supported',
  '6a82': 'file or application not found',
  '6a83': 'record not found',
  '6a84': 'not enough memory',
  '6a85': 'Lc inconsistent with TLV structure',
  '6a86': 'incorrect P1-P2',
  '6a87': 'Lc inconsistent with P1-P2',
  '6a88': 'referenced data not found',
  '6a89': 'file already exists',
  '6a8a': 'DF name already exists',
  '6b00': 'wrong P1-P2 (offset)',
  '6d00': 'instruction not supported',
  '6e00': 'class not supported',
  '6f00': 'no precise diagnosis',
};

/** A short English name for developers, e.g. "6982 security status not satisfied". Never shown to a person without a sentence of app/. */
export function statusName(sw: number): string {
  const hex = sw.toString(16).padStart(4, '0');
  return `${hex.toUpperCase()} ${describe(sw, hex)}`;
}

function describe(sw: number, hex: string): string {
  const status = statusOf(sw);
  if (status.kind === 'more') return `${status.bytes}${status.bytes === 256 ? ' or more' : ''} bytes more`;
  if (status.kind === 'wrong-le') return `wrong Le, ${status.ne} is right`;
  if (status.kind === 'retries') return `${status.left} tries left`;
  const sw2 = sw & 0xff;
  if ((sw >>> 8 === 0x62 || sw >>> 8 === 0x64) && sw2 >= 0x02 && sw2 <= 0x80) return 'triggering by the card';
  const group = names[`${hex.slice(0, 2)}00`];
  return names[hex] ?? (group === undefined || hex.startsWith('90') ? 'unknown status word' : `${group}, not specified`);
}
