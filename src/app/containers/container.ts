import { type Bytes, copy, reversed, wipe } from '../../codec/bytes.ts';
import { digest, type HashName } from '../../crypto/digest.ts';
import { ecdsaRawToDer } from '../../crypto/ec.ts';
import type { PublicKey } from '../../crypto/public-key.ts';
import type { SignatureScheme } from '../../crypto/verify.ts';
import * as m from '../../minidriver/index.ts';
import { keyTypeOf } from '../key-types.ts';
import { type Derivation, parametersOf } from './derivation.ts';

/** CNG names of the hashes (bcrypt.h). */
const HASH_NAMES: Readonly<Record<HashName, string>> = { 'SHA-1': 'SHA1', 'SHA-256': 'SHA256', 'SHA-384': 'SHA384', 'SHA-512': 'SHA512' };

/** How a message was encrypted to an RSA key. */
export type EncryptionPadding = { readonly kind: 'pkcs1' } | { readonly kind: 'oaep'; readonly hash: HashName; readonly label?: Uint8Array };

/** What a container is before anything is done with it. */
export interface ContainerFacts {
  readonly index: number;
  readonly name: string;
  readonly isDefault: boolean;
  readonly usage: 'signature' | 'key-exchange';
  readonly publicKey: PublicKey;
  /** PIN that guards the key; 0 = none. */
  readonly pinId: number;
}

/**
 * One container of a card as an object. Everything goes through the entry points of the minidriver, in natural byte order; nothing here can do
 * what they can't. Whoever holds the transaction authenticates before and gives it up afterwards. Rejects with MinidriverError.
 */
export class CardContainer implements ContainerFacts {
  readonly index: number;
  readonly name: string;
  readonly isDefault: boolean;
  readonly usage: 'signature' | 'key-exchange';
  readonly publicKey: PublicKey;
  readonly pinId: number;
  readonly #card: m.CardEntryPoints;

  constructor(card: m.CardEntryPoints, facts: ContainerFacts) {
    this.#card = card;
    this.index = facts.index;
    this.name = facts.name;
    this.isDefault = facts.isDefault;
    this.usage = facts.usage;
    this.publicKey = facts.publicKey;
    this.pinId = facts.pinId;
  }

  get #keySpec(): number {
    return m.keySpecOf(keyTypeOf(this.publicKey), this.usage);
  }

  get #certificateFile(): string {
    return m.certificateFileName(this.index, this.usage);
  }

  /** DER; undefined when there is none. */
  async certificate(): Promise<Bytes | undefined> {
    try {
      return await this.#card.CardReadFile(m.szBASE_CSP_DIR, this.#certificateFile, 0);
    } catch (error) {
      if (error instanceof m.MinidriverError && error.reason === 'SCARD_E_FILE_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async setCertificate(der: Uint8Array): Promise<void> {
    await this.#card.CardWriteFile(m.szBASE_CSP_DIR, this.#certificateFile, 0, copy(der));
  }

  async removeCertificate(): Promise<void> {
    await this.#card.CardDeleteFile(m.szBASE_CSP_DIR, this.#certificateFile, 0);
  }

  /** Signs a message. @throws MinidriverError; TypeError when scheme and key do not belong together */
  async sign(message: Uint8Array, scheme: SignatureScheme): Promise<Bytes> {
    return this.signHash(await digest(scheme.hash, message), scheme);
  }

  /** Signs the hash of a message that was computed elsewhere. */
  async signHash(hash: Uint8Array, scheme: SignatureScheme): Promise<Bytes> {
    const { publicKey } = this;
    if ((scheme.kind === 'ecdsa') !== (publicKey.kind === 'ec')) throw new TypeError('the scheme does not go with the key');
    const pszAlgId = HASH_NAMES[scheme.hash];
    const padding = scheme.kind === 'rsa-pss' ? m.CARD_PADDING_PSS : m.CARD_PADDING_PKCS1;
    const pPaddingInfo = scheme.kind === 'rsa-pss' ? { pszAlgId, cbSalt: scheme.saltBytes } : { pszAlgId };
    const { pbSignedData } = await this.#card.CardSignData({
      dwVersion: m.CARD_SIGNING_INFO_CURRENT_VERSION,
      bContainerIndex: this.index,
      dwKeySpec: this.#keySpec,
      dwSigningFlags: scheme.kind === 'ecdsa' ? 0 : m.CARD_PADDING_INFO_PRESENT,
      aiHashAlg: 0,
      pbData: copy(hash),
      ...(scheme.kind === 'ecdsa' ? {} : { dwPaddingType: padding, pPaddingInfo }),
    });
    const signature = pbSignedData ?? new Uint8Array(0);
    if (publicKey.kind === 'rsa') return reversed(signature);
    return scheme.kind === 'ecdsa' && scheme.form === 'der' ? ecdsaRawToDer(publicKey.curve, signature) : signature;
  }

  /** Decrypts what was encrypted to an RSA key. The caller wipes the message. @throws MinidriverError SCARD_F_INTERNAL_ERROR for any bad padding */
  async decrypt(ciphertext: Uint8Array, padding: EncryptionPadding): Promise<Bytes> {
    const { CardRSADecrypt } = this.#card;
    if (CardRSADecrypt === null || this.publicKey.kind !== 'rsa') throw new TypeError('only RSA keys decrypt');
    const oaep =
      padding.kind === 'oaep'
        ? { pPaddingInfo: { pszAlgId: HASH_NAMES[padding.hash], pbLabel: padding.label === undefined ? null : copy(padding.label) } }
        : {};
    const { pbData } = await CardRSADecrypt({
      dwVersion: m.CARD_RSA_DECRYPT_INFO_CURRENT_VERSION,
      bContainerIndex: this.index,
      dwKeySpec: this.#keySpec,
      pbData: reversed(ciphertext),
      dwPaddingType: padding.kind === 'oaep' ? m.CARD_PADDING_OAEP : m.CARD_PADDING_PKCS1,
      ...oaep,
    });
    return pbData.reverse();
  }

  /** Agrees with another party's EC key and derives from the shared secret, which is gone afterwards. The caller wipes the result. */
  async derive(other: PublicKey, derivation: Derivation): Promise<Bytes> {
    const { CardConstructDHAgreement, CardDeriveKey, CardDestroyDHAgreement } = this.#card;
    if (CardConstructDHAgreement === null || CardDeriveKey === null || CardDestroyDHAgreement === null || other.kind !== 'ec')
      throw new TypeError('only EC keys agree');
    const { bSecretAgreementIndex } = await CardConstructDHAgreement({
      dwVersion: m.CARD_DH_AGREEMENT_INFO_CURRENT_VERSION,
      bContainerIndex: this.index,
      dwFlags: 0,
      pbPublicKey: m.encodePublicKeyBlob(other, 'key-exchange'),
    });
    try {
      const { pbDerivedKey } = await CardDeriveKey({
        dwVersion: m.CARD_DERIVE_KEY_CURRENT_VERSION,
        bSecretAgreementIndex,
        ...parametersOf(derivation),
      });
      const derived = pbDerivedKey ?? new Uint8Array(0);
      if (derivation.kind !== 'raw') return derived;
      try {
        return reversed(derived);
      } finally {
        wipe(derived);
      }
    } finally {
      // Wiped whatever it answers: for a key without PIN the specification has it answer SCARD_W_SECURITY_VIOLATION.
      await CardDestroyDHAgreement(bSecretAgreementIndex, 0).catch(() => undefined);
    }
  }

  /** Index of the ECDH container that goes with this ECDSA one; undefined when there is none. */
  async associatedEcdh(): Promise<number | undefined> {
    try {
      return await this.#card.CardGetContainerProperty(this.index, m.CCP_ASSOCIATED_ECDH_KEY, 0);
    } catch (error) {
      if (error instanceof m.MinidriverError && ['SCARD_E_NO_KEY_CONTAINER', 'SCARD_E_INVALID_PARAMETER'].includes(error.reason)) return undefined;
      throw error;
    }
  }

  async associateEcdh(index: number): Promise<void> {
    await this.#card.CardSetContainerProperty(this.index, m.CCP_ASSOCIATED_ECDH_KEY, index, 0);
  }
}
