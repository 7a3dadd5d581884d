import { countExchanges } from './exchange-counts.ts';
import { heading, ratio } from './report.ts';

/** APDUs per flow against their floors, beside the tools people use. A count does not depend on the machine: one too many fails. */
export async function benchExchanges(): Promise<void> {
  heading('APDUs per flow, counted at the card');
  for (const { flow, profile, count, most, why, tools, repeated } of await countExchanges()) {
    // Rows fail a quarter over their budget; here one over is over.
    ratio({ name: `${profile}: ${flow}`, value: count <= most ? count : count * 2, budget: most, unit: ' APDUs', note: `tools: ${tools}; ${why}` });
    if (repeated.length > 0) ratio({ name: `${profile}: ${flow}, sent twice`, value: repeated.length, budget: 0, unit: ' APDUs' });
  }
}
