import type { Bytes } from './bytes.ts';

/**
 * What happened, without secrets by construction: lengths, instruction and status only. `body` is filled by channel/ for the
 * commands on its allow-list of public ones and nowhere else (design: Trace).
 */
export type TraceEvent =
  | {
      readonly layer: 'usb';
      readonly kind: 'bulk-out' | 'bulk-in' | 'interrupt-in' | 'control-in' | 'control-out' | 'clear-halt' | 'open' | 'close';
      readonly lengthBytes: number;
      readonly outcome: string;
    }
  | {
      readonly layer: 'ccid';
      readonly kind: 'command' | 'response' | 'notify';
      readonly message: string;
      readonly bSlot: number;
      readonly bSeq: number;
      readonly dwLength: number;
      readonly bStatus?: number;
      readonly bError?: number;
    }
  | { readonly layer: 'card'; readonly kind: 'power' | 'reset' | 'begin' | 'end' | 'removed'; readonly detail?: string; readonly body?: Bytes }
  | {
      readonly layer: 'apdu';
      readonly kind: 'command';
      readonly cla: number;
      readonly ins: number;
      readonly p1: number;
      readonly p2: number;
      readonly lengthBytes: number;
      readonly body?: Bytes;
    }
  | {
      readonly layer: 'apdu';
      readonly kind: 'response';
      readonly ins: number;
      readonly sw: number;
      readonly lengthBytes: number;
      readonly durationMs: number;
      readonly body?: Bytes;
    }
  | {
      readonly layer: 'minidriver';
      readonly kind: 'call';
      readonly entryPoint: string;
      readonly detail?: string;
      readonly result: number;
      readonly durationMs: number;
    }
  | { readonly layer: 'app'; readonly kind: 'step'; readonly step: string; readonly detail?: string };

/** A trace event with its time. */
export type TracedEvent = TraceEvent & { readonly atMs: number };

/** Receives events; must not throw and must not keep a reader or card waiting. */
export type Trace = (event: TraceEvent) => void;

/** Drops everything. */
export const noTrace: Trace = () => {};
