import { benchBignum } from './bignum.ts';
import { benchCertificates } from './certificates.ts';
import { benchExchanges } from './exchanges.ts';
import { benchPageLoad } from './page-load.ts';
import { overBudget } from './report.ts';
import { benchTransmit } from './transmit.ts';

await benchTransmit();
await benchCertificates();
await benchBignum();
await benchExchanges();
await benchPageLoad();
const over = overBudget();
for (const row of over) console.log(`\nOver budget by more than a quarter: ${row.name}`);
process.exit(over.length === 0 ? 0 : 1);
