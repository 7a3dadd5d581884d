export * from './composite.ts';
export * from './descriptor.ts';
export * from './faults.ts';
export * from './journal.ts';
export * from './messages.ts';
export { createSimulatedReader, type SimulatedReader } from './reader.ts';
export { READER_ENDPOINTS, type ReaderDefects, type ReaderEndpoints, type SimulatedReaderOptions } from './options.ts';
export type { PinPadEntry, PinPadKeys, PinPadRequest } from './secure.ts';
