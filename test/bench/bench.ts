import { benchBignum } from './bignum.ts';
import { benchCertificates } from './certificates.ts';
import { benchExchanges } from './exchanges.ts';
import { benchPageLoad } from './page-load.ts';
import { overBudget } from './report.ts';
import { benchTransmit } from './transmit.ts';

if (process.argv.length > 2) {
  console.log('npm run bench: ratios within one run, and exchanges per operation. It takes no options.');
  console.log('Exit 0: every ratio within its budget or above it by a quarter at most. Exit 1: one is further above.');
  process.exit(process.argv.slice(2).every((word) => word === '--help' || word === '-h') ? 0 : 2);
}
await benchTransmit();
await benchCertificates();
await benchBignum();
await benchExchanges();
await benchPageLoad();
const over = overBudget();
for (const row of over) console.log(`\nOver budget by more than a quarter: ${row.name}`);
process.exit(over.length === 0 ? 0 : 1);
