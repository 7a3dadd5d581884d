/** The protocols that TPDU-level readers leave to the host; apart from index.ts, so that other readers never load them. */
export * from './card-quirks.ts';
export * from './pps.ts';
export * from './t0.ts';
export * from './t1.ts';
export * from './timing.ts';
