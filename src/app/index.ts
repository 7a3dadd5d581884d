export type { DescriptionEntry, Presence, ReaderDescription, ReaderInfo } from '../channel/types.ts';
export type { AccessReason, AccessRemedy, AccessVerdict } from '../usb/access.ts';
export type { ManagementAlgorithm } from '../minidriver/card-edge.ts';
export * from './card-summary.ts';
export * from './certificate-authority.ts';
export * from './diagnostics/state.ts';
export * from './enrollment/state.ts';
export * from './errors.ts';
export * from './problem.ts';
