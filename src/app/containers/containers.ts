import type { Bytes } from '../../codec/bytes.ts';
import * as m from '../../minidriver/index.ts';
import { keyTypeOfName } from '../key-types.ts';
import type { KeyTypeName } from '../card-summary.ts';
import { CardContainer } from './container.ts';

/** A new key: made on the card, or brought along. */
export interface NewContainer {
  readonly index: number;
  readonly usage: 'signature' | 'key-exchange';
  readonly keyType: KeyTypeName;
  /** PIN that is to guard it; ROLE_USER when absent. */
  readonly pinId?: number;
  /** Blob to import, see encodeRsaPrivateKeyBlob and encodeEccPrivateKeyBlob. */
  readonly privateKeyBlob?: Bytes;
}

/**
 * The containers of a card as objects, over the entry points of one context. The caller acquired the context and holds the transaction. Rejects
 * with MinidriverError.
 */
export class CardContainers {
  readonly #card: m.CardEntryPoints;

  constructor(card: m.CardEntryPoints) {
    this.#card = card;
  }

  /** Proves a role by its PIN; without a PIN it is asked for on the reader, where the reader has keys. */
  async authenticate(pin: Bytes | null, pinId: number = m.ROLE_USER): Promise<void> {
    await this.#card.CardAuthenticateEx(pinId, 0, pin);
  }

  /** Gives up every role: for the end of a transaction. */
  async deauthenticate(): Promise<void> {
    await this.#card.CardDeauthenticateEx(m.PIN_SET_ALL_ROLES, 0);
  }

  /** All containers whose public key the card tells, in index order. Needs no PIN. */
  async list(): Promise<readonly CardContainer[]> {
    const records = m.decodeContainerMap(await this.#card.CardReadFile(m.szBASE_CSP_DIR, m.szCONTAINER_MAP_FILE, 0));
    const found: CardContainer[] = [];
    for (const [index, record] of records.entries()) {
      const container = m.isValidRecord(record) ? await this.#container(index, record) : undefined;
      if (container !== undefined) found.push(container);
    }
    return found;
  }

  /** One container; undefined where there is no key, or none whose public half the card tells. */
  async get(index: number): Promise<CardContainer | undefined> {
    return (await this.list()).find((container) => container.index === index);
  }

  async create(wanted: NewContainer): Promise<CardContainer> {
    const type = keyTypeOfName(wanted.keyType);
    const { index, usage, pinId = m.ROLE_USER, privateKeyBlob } = wanted;
    const flags = privateKeyBlob === undefined ? m.CARD_CREATE_CONTAINER_KEY_GEN : m.CARD_CREATE_CONTAINER_KEY_IMPORT;
    const bits = type.kind === 'rsa' ? type.keyBits : 0;
    await this.#card.CardCreateContainerEx(index, flags, m.keySpecOf(type, usage), bits, privateKeyBlob ?? null, pinId);
    const made = await this.get(index);
    if (made === undefined) throw new TypeError('the card does not tell the key that was just made');
    return made;
  }

  /** Removes the key; its certificate and its record in the map stay. */
  async delete(index: number): Promise<void> {
    await this.#card.CardDeleteContainer(index, 0);
  }

  async #container(index: number, record: m.CONTAINER_MAP_RECORD): Promise<CardContainer | undefined> {
    let info;
    try {
      info = await this.#card.CardGetContainerInfo(index, 0, { dwVersion: m.CONTAINER_INFO_CURRENT_VERSION });
    } catch (error) {
      // A record that somebody wrote before he made the key.
      if (error instanceof m.MinidriverError && error.reason === 'SCARD_E_NO_KEY_CONTAINER') return undefined;
      throw error;
    }
    const blob = info.pbSigPublicKey ?? info.pbKeyExPublicKey;
    if (blob === null) return undefined;
    const pinId = await this.#card.CardGetContainerProperty(index, m.CCP_PIN_IDENTIFIER, 0);
    const usage = info.pbSigPublicKey === null ? 'key-exchange' : 'signature';
    const { key: publicKey } = m.decodePublicKeyBlob(blob);
    return new CardContainer(this.#card, { index, name: record.wszGuid, isDefault: m.isDefaultRecord(record), usage, publicKey, pinId });
  }
}
