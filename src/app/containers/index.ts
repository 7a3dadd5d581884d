export type { CardPrivateKey } from './card-crypto.ts';
export { CardContainer, type ContainerFacts, type EncryptionPadding } from './container.ts';
export { CardContainers, type NewContainer } from './containers.ts';
export { type CardDecrypter, cardDecrypter, type CardDecryptionKey, type DecrypterOptions, type DecryptionKeyAlgorithm } from './decrypter.ts';
export type { Derivation } from './derivation.ts';
export { type CardSigner, cardSigner, type CardSigningKey, type SignerOptions, type SigningKeyAlgorithm } from './signer.ts';
