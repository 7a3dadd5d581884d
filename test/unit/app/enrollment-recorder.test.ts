import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../../src/codec/trace.ts';
import { at, enroll, flowBench, planFor } from './enrollment-helpers.ts';

/** What was called between two kinds of states, repeated calls about neighbouring containers in one line. */
function recorded(bench: ReturnType<typeof flowBench>): string[] {
  const lines: string[] = [];
  for (const event of bench.trace) {
    if (event.layer === 'app') lines.push(`-- ${event.step}`);
    else if (event.layer === 'card' && (event.kind === 'begin' || event.kind === 'end')) lines.push(`   (transaction ${event.kind}s)`);
    else if (event.layer === 'minidriver')
      lines.push(
        `   ${event.entryPoint}${event.detail === undefined ? '' : ` ${event.detail}`}${event.result === 0 ? '' : ` = ${event.result.toString(16)}`}`,
      );
  }
  return lines;
}

/** Which v7 functions may bring about each instruction that changes the card or uses a secret. */
const MAY: Readonly<Record<number, readonly string[]>> = {
  0x20: ['CardAuthenticateEx'],
  0x47: ['CardCreateContainerEx'],
  0xdb: ['CardWriteFile'],
  0x87: ['CardSignData', 'CardCreateContainerEx', 'CardWriteFile'],
};
/** VERIFY without data asks for the tries; 87 at 9B without a key behind it asks for the algorithm. */
const ASKS_ONLY = 8;

/** A call is recorded when it ends: the commands since the call before are its own, or nobody's. */
function strayInstructions(trace: readonly TraceEvent[]): string[] {
  const stray: string[] = [];
  let pending: number[] = [];
  const close = (by: string): void => {
    stray.push(...pending.filter((ins) => !(MAY[ins] ?? []).includes(by)).map((ins) => `${ins.toString(16)} before ${by}`));
    pending = [];
  };
  for (const event of trace) {
    if (event.layer === 'minidriver') close(event.entryPoint);
    else if (event.layer === 'apdu' && event.kind === 'command' && event.ins in MAY && event.lengthBytes > ASKS_ONLY && !asksAlgorithm(event))
      pending.push(event.ins);
  }
  close('nothing');
  return stray;
}

const asksAlgorithm = (event: TraceEvent): boolean =>
  event.layer === 'apdu' && event.kind === 'command' && event.p2 === 0x9b && event.lengthBytes <= 12;

describe('the v7 functions of an enrollment, in order', () => {
  it('P-256 in 9C of a card with metadata: the PIN before each signature', async () => {
    const bench = flowBench();
    await enroll(bench.flow, planFor(1, 'P-256'));
    at(bench.flow, 'done');
    expect(recorded(bench).join('\n')).toMatchInlineSnapshot(`
      "-- looking-for-readers
      -- opening-reader
      -- reading
         (transaction begins)
         CardAcquireContext
         CardQueryCapabilities
         CardGetProperty Read Only Mode, 0
         CardGetProperty Card Identifier, 0
         CardGetProperty Card Serial Number, 0
         CardGetContainerInfo container 0 = 80100030
         CardGetContainerInfo container 1 = 80100030
         CardGetContainerInfo container 2 = 80100030
         CardGetContainerInfo container 3 = 80100030
         CardDeauthenticateEx PinId 255
         (transaction ends)
      -- overview
         (transaction begins)
         CardGetProperty Authenticated State, 0
         CardReadFile mscp/cmapfile
         CardDeauthenticateEx PinId 255
         (transaction ends)
      -- choose-key
      -- management-key
      -- enter-pin
      -- checking-pin
         (transaction begins)
         CardGetProperty Authenticated State, 0
         CardAuthenticateEx PinId 1
      -- provisioning
      -- generating
         CardCreateContainerEx container 1, flags 1, keyspec 3, bits 0, PinId 3
         CardGetContainerInfo container 1
         CardReadFile mscp/ksc01 = 80100024
         CardGetContainerProperty 1, PIN Identifier
         CardGetProperty PIN Information, 3
         CardGetContainerInfo container 1
      -- signing
         CardGetContainerProperty 1, PIN Identifier
         CardAuthenticateEx PinId 3
         CardSignData container 1
      -- request-ready
      -- issuing
      -- certificate-ready
         CardGetContainerInfo container 1
      -- writing
         CardWriteFile mscp/ksc01
         CardReadFile mscp/ksc01
         CardGetContainerInfo container 1
         CardReadFile mscp/ksc01
         CardGetContainerProperty 1, PIN Identifier
         CardGetProperty PIN Information, 3
      -- verifying
         CardGetContainerProperty 1, PIN Identifier
         CardAuthenticateEx PinId 3
         CardSignData container 1
         CardDeauthenticateEx PinId 255
         (transaction ends)
         CardDeleteContext
      -- done"
    `);
  });

  it('everything that an enrollment changes goes through them, but the identity of a blank card', async () => {
    const bench = flowBench({ card: { profile: 'nist' } });
    await enroll(bench.flow, planFor(0, 'P-256'));
    const called = new Set(bench.calls().map((line) => line.split(' ')[0]));
    for (const name of [
      'CardAcquireContext',
      'CardQueryCapabilities',
      'CardGetProperty',
      'CardGetContainerProperty',
      'CardGetContainerInfo',
      'CardReadFile',
      'CardAuthenticateEx',
      'CardCreateContainerEx',
      'CardSignData',
      'CardWriteFile',
      'CardDeauthenticateEx',
      'CardDeleteContext',
    ])
      expect(called).toContain(name);
    expect(strayInstructions(bench.trace)).toEqual([]);
    const generate = bench.trace.find((event) => event.layer === 'apdu' && event.kind === 'command' && event.ins === 0x47);
    const read = bench.trace.find((event) => event.layer === 'minidriver' && event.entryPoint === 'CardReadFile');
    expect(strayInstructions([generate!, read!])).toEqual(['47 before CardReadFile']);
    expect(strayInstructions([generate!])).toEqual(['47 before nothing']);
  });
});
