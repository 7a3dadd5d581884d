export * from './aid.ts';
export { type AdminData, buildAdminData, managementKeyHome, parseAdminData, SALT_BYTES } from './admin-data.ts';
export {
  algorithmOf,
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  keyTypeOf,
  MANAGEMENT_ALGORITHMS,
  managementAlgorithm,
  type ManagementAlgorithmName,
  type ManagementAlgorithmRow,
  type PivKeyType,
} from './algorithms.ts';
export * from './biometric.ts';
export * from './card-authentication.ts';
export * from './card-edge.ts';
export * from './card-life.ts';
export * from './card-objects.ts';
export * from './certificate-chain.ts';
export * from './certificate-object.ts';
export * from './ccc.ts';
export * from './chuid.ts';
export { type CardInterface, CONTACTLESS_OBJECTS, type ContactlessHint, interfaceOf } from './contactless.ts';
export { buildContainerMap, type ContainerRecord, parseContainerMap } from './container-map.ts';
export * from './curve25519.ts';
export {
  getData,
  maxCertificateBytes,
  pinReference,
  putAndCompare,
  putData,
  readCertificate,
  readDiscovery,
  retiredKeysOnCard,
  writeCertificate,
} from './data-objects.ts';
export { CardError, type CardErrorDetail, type CardReason } from './errors.ts';
export * from './fascn.ts';
export * from './fingerprint.ts';
export * from './holder-objects.ts';
export * from './inventory.ts';
export * from './key-history.ts';
export {
  attestKey,
  deleteKey,
  ecdh,
  ecdsaSign,
  generateKey,
  importKey,
  type KeyPolicy,
  moveKey,
  type PrivateKeyParts,
  privateOperation,
  rsaPrivate,
  type TouchRule,
} from './keys.ts';
export * from './management.ts';
export * from './metadata.ts';
export { OBJECTS, type PivObject, type ReadAccess, TAG, VENDOR_OBJECTS } from './objects.ts';
export * from './off-card.ts';
export { checkPin, checkPuk, logout, PIN_MAX_BYTES, PIN_MIN_BYTES, type PinProbe, probePin, verifyPin } from './pin.ts';
export * from './pin-change.ts';
export * from './profile.ts';
export {
  derivedManagementKey,
  hasProtectedManagementKey,
  protectedManagementKey,
  protectManagementKey,
  readAdminData,
  recoverProtectedKey,
  repairManagementKeyData,
} from './protected-key.ts';
export * from './renewal.ts';
export { readKeyHistory, type RepairedHistory, repairKeyHistory, RETIRED_SLOTS } from './retired.ts';
export * from './root-certificates.ts';
export * from './security-object.ts';
export * from './session.ts';
export * from './slots.ts';
