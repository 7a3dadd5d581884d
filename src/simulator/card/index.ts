export { createPivCard, type PivCardOptions } from './card.ts';
export { type CardImage, type CardImageKey, loadCardImage } from './card-image.ts';
export type { CardDefect, SimulatedFingerprint } from './context.ts';
export { type PivProfile, type PivProfileName, pivProfiles } from './profiles.ts';
export { bigIntRsa, coreRsa, type GenerateRsa, type RsaEngine, type RsaPrivateKey, webCryptoGenerateRsa } from './rsa-engine.ts';
