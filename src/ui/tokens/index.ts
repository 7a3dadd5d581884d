export { base, buttons, fields, notes } from './base.ts';
export { tokens } from './tokens.ts';
