import { runTable } from './run-table.ts';

runTable('ykcs11');
