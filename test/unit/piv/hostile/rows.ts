import { ANSWER_ROWS } from './answer-rows.ts';
import { CERTIFICATE_ROWS } from './certificate-rows.ts';
import { FLOW_ROWS } from './flow-rows.ts';
import type { Row } from './judge.ts';
import { OBJECT_ROWS } from './object-rows.ts';
import { OPERATION_ROWS } from './operation-rows.ts';

/** Every reader of octets under src/piv. */
export const ROWS: readonly Row[] = [...OBJECT_ROWS, ...ANSWER_ROWS, ...OPERATION_ROWS, ...CERTIFICATE_ROWS, ...FLOW_ROWS];
