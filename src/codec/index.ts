export * from './bytes.ts';
export * from './clock.ts';
export * from './cursor.ts';
export * from './errors.ts';
export * from './hex.ts';
export * from './random.ts';
export * from './tlv.ts';
export * from './trace.ts';
