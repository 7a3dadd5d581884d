export * from './module.ts';
export * from './rsa.ts';
