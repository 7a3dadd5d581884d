export * from './aes.ts';
export * from './cmac.ts';
export * from './des3.ts';
export * from './errors.ts';
