import { toHex } from '../codec/hex.ts';
import type { Atr } from './atr.ts';
import { D_BY_INDEX, F_BY_INDEX, MAX_CLOCK_KHZ_BY_INDEX } from './speeds.ts';

/** One named fact in reading order. */
export interface AtrEntry {
  readonly name: string;
  readonly value: string;
  readonly detail?: string;
}

const octet = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');
const COMPACT_TAGS = [
  '',
  'country code',
  'issuer identification',
  'card service data',
  'initial access data',
  "issuer's data",
  'pre-issuing data',
  'card capabilities',
  'status',
];
const CLOCK_STOP = ['no clock stop', 'clock stop low', 'clock stop high', 'clock stop either way'];
const TCK = { ok: 'right', wrong: 'wrong', missing: 'missing', 'not-needed': 'none, T=0 alone needs none' };

/** What TAi, TBi, TCi or TDi says; `owner` is the protocol that its group belongs to. */
function meaning(kind: string, group: number, value: number, owner: number): string {
  const high = value >>> 4;
  const low = value & 0x0f;
  if (kind === 'TD') return `T=${low} follows`;
  if (group === 1) {
    if (kind === 'TB') return 'programming voltage, no longer used';
    if (kind === 'TC') return value === 255 ? 'shortest guard time' : `extra guard time ${value} etu`;
    const f = F_BY_INDEX[high];
    const d = D_BY_INDEX[low];
    if (f === undefined || d === undefined) return 'reserved speed';
    return `F=${f}, D=${d}, ${Math.floor((4_000_000 * d) / f)} bit/s at 4 MHz, clock up to ${(MAX_CLOCK_KHZ_BY_INDEX[high] ?? 0) / 1000} MHz`;
  }
  if (group === 2) {
    if (kind === 'TA')
      return `specific mode, T=${low}${(value & 0x80) === 0 ? '' : ', cannot change'}${(value & 0x10) === 0 ? '' : ', implicit parameters'}`;
    return kind === 'TB' ? 'programming voltage, no longer used' : `waiting integer ${value} (T=0)`;
  }
  if (owner === 1) {
    if (kind === 'TA') return `IFSC ${value}${value === 0 || value === 255 ? ', reserved' : ''}`;
    return kind === 'TB' ? `BWI ${high}, CWI ${low}` : (value & 1) === 0 ? 'LRC' : 'CRC';
  }
  if (owner === 15) {
    if (kind === 'TA')
      return `${CLOCK_STOP[value >>> 6] ?? ''}; ${
        [
          [1, '5 V'],
          [2, '3 V'],
          [4, '1.8 V'],
        ]
          .flatMap(([bit, name]) => ((value & Number(bit)) === 0 ? [] : [name]))
          .join(', ') || 'no class named'
      }`;
    if (kind === 'TB') return 'use of contact C6';
  }
  return `for T=${owner}`;
}

/** The ATR decoded for a diagnostics page: names, hexadecimal values, what they mean. */
export function describeAtr(atr: Atr): readonly AtrEntry[] {
  const out: AtrEntry[] = [{ name: 'TS', value: octet(atr.bytes[0] ?? 0), detail: `${atr.convention} convention` }];
  out.push({ name: 'T0', value: octet(atr.bytes[1] ?? 0), detail: `${(atr.bytes[1] ?? 0) & 0x0f} historical bytes` });
  let owner = 0;
  let group = 1;
  for (const { name, value } of atr.interfaceBytes) {
    const kind = name.slice(0, 2);
    group = Number(name.slice(2));
    out.push({ name, value: octet(value), detail: meaning(kind, group, value, owner) });
    if (kind === 'TD') owner = value & 0x0f;
  }
  out.push({
    name: 'protocols',
    value: atr.protocols.map((protocol) => `T=${protocol}`).join(', '),
    detail: atr.specificMode === undefined ? 'negotiable' : 'fixed',
  });
  if (atr.historical.length > 0 || atr.historicalMissing > 0) {
    const text = [...atr.historical].map((code) => (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.')).join('');
    out.push({
      name: 'historical bytes',
      value: toHex(atr.historical, ' ').toUpperCase(),
      detail: atr.historicalMissing > 0 ? `${text}, ${atr.historicalMissing} missing` : text,
    });
  }
  for (const { tag, value } of atr.compactTlv)
    out.push({ name: COMPACT_TAGS[tag] || `data object ${octet(tag)}`, value: toHex(value, ' ').toUpperCase() });
  const said = (value: boolean | undefined): string => (value === undefined ? 'not said' : value ? 'yes' : 'no');
  out.push(
    { name: 'command chaining', value: said(atr.capabilities.chaining) },
    { name: 'extended length', value: said(atr.capabilities.extendedLength) },
  );
  out.push({ name: 'TCK', value: atr.tck === undefined ? '-' : octet(atr.tck), detail: TCK[atr.tckVerdict] });
  if (atr.trailing.length > 0) out.push({ name: 'trailing bytes', value: toHex(atr.trailing, ' ').toUpperCase() });
  return out;
}
