export * from './keys.ts';
export { type BignumKind, type BignumModule, type BignumOptions, loadBignum } from './module.ts';
export { rsaPublic } from './public-bigint.ts';
export * from './rsa.ts';
