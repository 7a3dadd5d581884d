export * from './driver-context.ts';
export * from './errors.ts';
export * from './record.ts';
export * from './release-policy.ts';
export * from './replay.ts';
export * from './trace-body.ts';
export * from './types.ts';
export * from './webusb-source.ts';
