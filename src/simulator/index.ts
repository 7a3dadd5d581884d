export * from './card/index.ts';
export * from './reader/index.ts';
export * from './smart-card.ts';
export * from './usb/index.ts';
