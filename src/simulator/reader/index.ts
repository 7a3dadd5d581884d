export * from './descriptor.ts';
export * from './faults.ts';
export * from './journal.ts';
export * from './messages.ts';
export * from './reader.ts';
export * from './options.ts';
export type { PinPadEntry, PinPadKeys, PinPadRequest } from './secure.ts';
