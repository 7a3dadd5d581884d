import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Bytes, toHex } from '../../src/codec/index.ts';
import { type Atr, D_BY_INDEX, F_BY_INDEX } from '../../src/iso7816/index.ts';

const LIST = '/usr/share/pcsc/smartcard_list.txt';

/** The ATRs of pcsc-tools' list: those written out, and those with wildcards, each filled in with the lowest and the highest it allows. */
export function readAtrList(text: string = readFileSync(LIST, 'latin1')): {
  readonly literal: readonly string[];
  readonly filled: readonly string[];
} {
  const lines = text.split('\n').filter((line) => /^[0-9a-f.[]/i.test(line));
  const literal = lines.filter((line) => /^[0-9a-f ]+$/i.test(line)).map(tidy);
  const filled = lines.filter((line) => !/^[0-9a-f ]+$/i.test(line)).flatMap((line) => [...new Set([fill(line, '0'), fill(line, 'F')])]);
  return { literal, filled };
}

const tidy = (line: string): string => line.replaceAll(' ', '').toUpperCase();

/** `..` any octet, `[13]` one digit of these, `.*` anything: nothing here. */
function fill(line: string, digit: '0' | 'F'): string {
  const atr = line
    .replaceAll('.*', '')
    .replaceAll(/\[([^\]]+)\]/g, (_, of: string) => (digit === '0' ? (of[0] ?? '') : (of.at(-1) ?? '')))
    .replaceAll('.', digit)
    .trim();
  if (!new RegExp(`^${line}$`, 'i').test(atr)) throw new Error(`${atr} is not what ${line} stands for`);
  return tidy(atr);
}

/** What both readings of an ATR must agree on. */
export interface AtrFacts {
  readonly convention: string;
  readonly interfaceBytes: readonly string[];
  readonly historical: string;
  readonly historicalMissing: number;
  /** Bytes behind the end. */
  readonly extra: number;
  readonly tck: 'right' | 'wrong' | 'none';
  /** The values of bytes that say something, in reading order; reserved ones left out. */
  readonly said: readonly string[];
  readonly capabilities: string;
}

/** The program's reading: undefined where it ran out of bytes before the last interface byte, or knows no such TS. */
export interface Analysed {
  readonly atr: string;
  readonly facts: AtrFacts | undefined;
}

/** ATR_analysis of pcsc-tools on each of these, in one Perl process that forks: the program's own exit ends one analysis. */
const PROGRAM = `
  use Chipcard::PCSC::Card; $| = 1;
  open my $file, '<', '/usr/bin/ATR_analysis' or die; my $source = join '', <$file>;
  eval "sub analysis { $source } 1" or die $@;
  while (my $atr = <STDIN>) {
    chomp $atr; print "=== $atr\\n";
    my $child = fork // die; if ($child == 0) { @ARGV = ($atr); analysis(); exit }
    waitpid $child, 0;
  }`;

const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

export function analyse(atrs: readonly string[]): readonly Analysed[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'wm-atr-'));
  try {
    // A fresh list in the cache: the program looks nothing up in the network.
    writeFileSync(path.join(folder, 'smartcard_list.txt'), '# none\n');
    const text = execFileSync('perl', ['-e', PROGRAM], {
      input: atrs.map((atr) => `${atr}\n`).join(''),
      env: { PATH: process.env['PATH'] ?? '/usr/bin', HOME: folder, XDG_CACHE_HOME: folder },
      maxBuffer: 1 << 27,
      encoding: 'latin1',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const parts = text.replaceAll(COLOUR, '').split(/^=== /m);
    return parts.slice(1).map((part) => read(part.slice(0, part.indexOf('\n')), part));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Announced by T0 and the TD bytes, in order. */
function announced(part: string): string[] {
  const nibbles = [...part.matchAll(/Y\((?:1|i\+1)\)(?:: | = )([01]{4})/g)].map((match) => match[1] ?? '');
  return nibbles.flatMap((bits, group) => ['TA', 'TB', 'TC', 'TD'].filter((_, bit) => bits[3 - bit] === '1').map((kind) => `${kind}${group + 1}`));
}

function read(atr: string, part: string): Analysed {
  const found = [...part.matchAll(/^ {2}(T[A-D])\((\d+)\) = ([0-9A-F]{2}) --> ?(.*)$/gm)].map(([, kind, group, value, said]) => ({
    name: `${kind}${group}`,
    value: value ?? '',
    said: said ?? '',
  }));
  const ts = /^\+ TS = .. --> (\w+)/m.exec(part)?.[1];
  if (ts === 'UNDEFINED' || !part.includes('+ T0 =') || found.map(({ name }) => name).join() !== announced(part).join())
    return { atr, facts: undefined };
  const number = (pattern: RegExp): number => Number(pattern.exec(part)?.[1] ?? 0);
  const tck = /^\+ TCK = .. \((correct)?/m.exec(part);
  const wrong = /^\+ TCK = .. WRONG/m.test(part);
  const historical = (/^\+ Historical bytes: ([0-9A-F ]*)$/m.exec(part)?.[1] ?? '').replaceAll(' ', '');
  const k = number(/K: (\d+) /);
  const extra = number(/too long: (\d+) extra/);
  return {
    atr,
    facts: {
      convention: ts?.toLowerCase() ?? '',
      interfaceBytes: found.map(({ name, value }) => `${name}=${value}`),
      historical: historical.slice(0, 2 * k),
      // The program ends before it says so where nothing follows the interface bytes.
      historicalMissing: part.includes('+ Historical bytes') ? number(/truncated: (\d+) byte/) : k,
      extra,
      tck: wrong ? 'wrong' : tck === null ? 'none' : 'right',
      said: found.flatMap(({ name, said }) => meaning(name, said)),
      capabilities: capabilities(part),
    },
  };
}

/** One line of the program in a form that our reading can be put in. */
function meaning(name: string, said: string): string[] {
  const of = (pattern: RegExp): string[] => pattern.exec(said)?.slice(1) ?? [];
  const [fi, di] = of(/^Fi=(\w+), Di=(\w+)/);
  if (fi !== undefined) return [`${name} F=${fi} D=${di}`];
  const [mode, change, implicit] = of(/spec mode: T=(\d+) - (\w+) to change - (implicity|defined)/);
  if (mode !== undefined)
    return [`${name} T=${mode} ${change === 'Capable' ? 'changeable' : 'fixed'} ${implicit === 'implicity' ? 'implicit' : 'said'}`];
  for (const [pattern, word] of [
    [/^Extra guard time: (\d+)/, 'guard'],
    [/^Work waiting time: 960 x (\d+)/, 'WI'],
    [/Protocol T = (\d+)/, 'T'],
    [/^IFSC: (\d+)/, 'IFSC'],
    [/^Error detection code: (LRC|CRC)/, 'EDC'],
  ] as const) {
    const [value] = of(pattern);
    if (value !== undefined) return [`${name} ${word}=${value}`];
  }
  const [bwi, cwi] = of(/^Block Waiting Integer: (\d+) - Character Waiting Integer: (\d+)/);
  return bwi === undefined ? [] : [`${name} BWI=${bwi} CWI=${cwi}`];
}

const capabilities = (part: string): string =>
  /Command chaining, length fields/.test(part)
    ? `${/- Command chaining$/m.test(part) ? 'chaining' : 'no chaining'}, ${/- Extended Lc and Le/.test(part) ? 'extended' : 'short'}`
    : 'not said';

/** Our parser's reading in the same form. */
export function factsOf(atr: Atr): AtrFacts {
  const octet = (value: number): string => toHex(Uint8Array.of(value)).toUpperCase();
  const { chaining, extendedLength } = atr.capabilities;
  return {
    convention: atr.convention,
    interfaceBytes: atr.interfaceBytes.map(({ name, value }) => `${name}=${octet(value)}`),
    historical: toHex(atr.historical).toUpperCase(),
    historicalMissing: atr.historicalMissing,
    extra: atr.trailing.length,
    tck: atr.tckVerdict === 'ok' ? 'right' : atr.tckVerdict === 'wrong' ? 'wrong' : 'none',
    said: said(atr),
    capabilities: chaining === undefined ? 'not said' : `${chaining ? 'chaining' : 'no chaining'}, ${extendedLength === true ? 'extended' : 'short'}`,
  };
}

/** From the decoded members where they say it, so that these are judged; else from the byte that stands there. */
function said(atr: Atr): string[] {
  let owner = -1;
  let firstT1 = true;
  const out: string[] = [];
  for (const [at, { name, value }] of atr.interfaceBytes.entries()) {
    const kind = name.slice(0, 2);
    const group = Number(name.slice(2));
    const mine = group >= 3 && owner === 1;
    if (kind === 'TA' && group === 1) out.push(`${name} F=${F_BY_INDEX[atr.ta1 >>> 4] ?? 'RFU'} D=${D_BY_INDEX[atr.ta1 & 15] ?? 'RFU'}`);
    else if (kind === 'TA' && group === 2 && atr.specificMode !== undefined) {
      const { protocol, changeable, implicitParameters } = atr.specificMode;
      out.push(`${name} T=${protocol} ${changeable ? 'changeable' : 'fixed'} ${implicitParameters ? 'implicit' : 'said'}`);
    } else if (name === 'TC1') out.push(`${name} guard=${atr.extraGuardTime}`);
    else if (name === 'TC2') out.push(`${name} WI=${atr.waitingInteger}`);
    else if (kind === 'TD') {
      out.push(`${name} T=${value & 15}`);
      if (mine) firstT1 = false;
      owner = value & 15;
    } else if (mine && kind === 'TA') {
      // 00 and FF are reserved: 32 and 254 are what we go by.
      const reserved = value === 0 || value === 255;
      out.push(`${name} IFSC=${firstT1 && !reserved ? atr.t1.ifsc : value}`);
    } else if (mine && kind === 'TB') out.push(`${name} BWI=${firstT1 ? atr.t1.bwi : value >>> 4} CWI=${firstT1 ? atr.t1.cwi : value & 15}`);
    else if (mine && kind === 'TC' && value < 2) out.push(`${name} EDC=${(firstT1 ? atr.t1.edc : (['lrc', 'crc'][value] ?? '')).toUpperCase()}`);
    if (mine && atr.interfaceBytes[at + 1]?.name.slice(2) !== String(group)) firstT1 = false;
  }
  return out;
}

export const octets = (atr: string): Bytes => Uint8Array.from({ length: atr.length / 2 }, (_, i) => Number.parseInt(atr.slice(2 * i, 2 * i + 2), 16));
