/*
 * The Windows Smart Card Minidriver interface, v7.07. Beside the folders stand the way in (acquire.ts), what an acquired context remembers
 * (context.ts) and the port to a card family (card-edge.ts, edge-container.ts, edge-error.ts).
 *
 *   cardmod/     the interface as its header declares it: CARD_DATA with its entry points, structures, numbers, names, return codes
 *   calls/       what every call goes through: checks of its parameters, turns, news of writes, late loading, trace
 *   pins/        roles proven and given up, PINs changed and unblocked, PIN entry on the reader (S707 4.2)
 *   files/       the card's logical file system, and the files that live in the context only (S707 4.3, 5)
 *   containers/  what a container shows; its key made, imported, deleted (S707 4.6)
 *   properties/  properties of card and containers, and the queries that answer the same (S707 4.3.9, 4.4, 4.5, 4.7.6)
 *   keys/        what is done with a key: signing, decryption, agreement and derivation; key injection (S707 4.7, 4.8)
 *   key-forms/   how a key is named and carried: key specifications, public and private blobs (wincrypt.h, bcrypt.h)
 */

export * from './acquire.ts';
export * from './key-forms/bcrypt-blobs.ts';
export * from './key-forms/blobs.ts';
export * from './properties/c-forms.ts';
export * from './cardmod/card-data.ts';
export * from './card-edge.ts';
export * from './files/card-files.ts';
export * from './cardmod/constants.ts';
export * from './edge-error.ts';
export { type FailureName, RETURN_CODES, type ReturnCodeName } from './cardmod/return-codes.ts';
export { MinidriverError, minidriverError, type MinidriverErrorOptions } from './cardmod/error.ts';
export { certificateFileName } from './files/file-places.ts';
export { keySpecOf } from './key-forms/key-spec.ts';
export * from './cardmod/names.ts';
export type { PinEntryHint, PinEntryNotice } from './pins/pin-entry.ts';
export * from './key-forms/private-blobs.ts';
export * from './cardmod/properties-types.ts';
export * from './cardmod/structures.ts';
