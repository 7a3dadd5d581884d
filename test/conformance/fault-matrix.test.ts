import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { type Fault, FAULT_ENDS, FAULT_KINDS } from '../../src/simulator/index.ts';
import { attempt, commandsOf, lab, matrix, type PlannedFault, runCase } from './fault-matrix-lab.ts';

/** A fault of one message. */
const planned = (fault: Fault): PlannedFault => ({
  plant: ({ simulated }) => simulated.fault(fault),
  clear: ({ simulated }) => simulated.clearFaults(),
  met: ({ simulated }) => simulated.journal.commands.some((command) => command.fault !== null),
  never: fault.until === 'never',
});

matrix(
  'fault matrix: kind x moment x end, over select + read + sign',
  async ({ name, options, atr }, piv) => {
    const first = await lab(options, piv.card, atr);
    await attempt(first);
    const moments = first.simulated.journal.commands.length;
    const clean = commandsOf(first);
    expect(moments).toBeGreaterThan(6);
    // T=0 has no check bytes: 61 that became 6C on the way asks for the command again.
    const kinds = atr === undefined ? FAULT_KINDS : FAULT_KINDS.filter((kind) => kind !== 'flipped-byte');
    const wrong: string[] = [];
    let cases = 0;
    for (const kind of kinds)
      for (const until of FAULT_ENDS)
        // A busy reader says that it did not take the command.
        for (const carriedOut of until === 'once' && kind !== 'busy' && kind !== 'slot-busy' ? [false, true] : [false])
          for (let at = 1; at <= moments; at++) {
            cases++;
            const came = await runCase(await lab(options, piv.card, atr), planned({ kind, until, at, carriedOut }), clean, piv.publicKey);
            if (came !== '') wrong.push(`${kind}, until ${until}, at command ${at}${carriedOut ? ', carried out' : ''}: ${came}`);
          }
    console.log(`fault matrix, ${name}: ${cases} cases, ${moments} moments, ${kinds.length} kinds, ${FAULT_ENDS.length} ends`);
    expect(wrong).toEqual([]);
  },
  (made) => {
    it('planted: a card that gets a command twice, and a signature by another key, are noticed', async () => {
      const piv = made();
      const first = await lab({}, piv.card);
      await attempt(first);
      const clean = commandsOf(first);
      const fault = planned({ kind: 'stray-zlp', until: 'once' });
      expect(await runCase(await lab({}, piv.card), fault, clean, piv.publicKey)).toBe('');
      // As if the clean run had one command fewer: what was sent is then one too many.
      expect(await runCase(await lab({}, piv.card), fault, clean.slice(0, -1), piv.publicKey)).toMatch(/^sent /);
      const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
      expect(await runCase(await lab({}, piv.card), fault, clean, Uint8Array.from(other))).toMatch(/^a wrong answer/);
    });
  },
);
