export * from './apdu.ts';
export * from './atr.ts';
export * from './errors.ts';
export * from './speeds.ts';
export * from './status.ts';
export * from './transport.ts';
