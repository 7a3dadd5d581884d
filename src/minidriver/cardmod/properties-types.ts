import type { Bytes } from '../../codec/bytes.ts';
import type { CCP_ASSOCIATED_ECDH_KEY, CCP_CONTAINER_INFO, CCP_PIN_IDENTIFIER } from './names.ts';
import type * as names from './names.ts';
import type { CARD_CAPABILITIES, CARD_FREE_SPACE_INFO, CARD_KEY_SIZES, CONTAINER_INFO, PIN_INFO } from './structures.ts';

/** Card properties that can be read, with the type of each value (S707 4.5.4). */
export interface CardPropertyValues {
  [names.CP_CARD_FREE_SPACE]: CARD_FREE_SPACE_INFO;
  [names.CP_CARD_CAPABILITIES]: CARD_CAPABILITIES;
  [names.CP_CARD_KEYSIZES]: CARD_KEY_SIZES;
  [names.CP_CARD_READ_ONLY]: boolean;
  [names.CP_CARD_CACHE_MODE]: number;
  [names.CP_SUPPORTS_WIN_X509_ENROLLMENT]: boolean;
  [names.CP_CARD_GUID]: Bytes;
  [names.CP_CARD_SERIAL_NO]: Bytes;
  [names.CP_CARD_PIN_INFO]: PIN_INFO;
  [names.CP_CARD_LIST_PINS]: number;
  [names.CP_CARD_AUTHENTICATED_STATE]: number;
  [names.CP_CARD_PIN_STRENGTH_VERIFY]: number;
  [names.CP_KEY_IMPORT_SUPPORT]: number;
  [names.CP_ENUM_ALGORITHMS]: readonly string[];
  [names.CP_PADDING_SCHEMES]: number;
  [names.CP_CHAINING_MODES]: readonly string[];
}

export type CardPropertyName = keyof CardPropertyValues;

/** Card properties that can be set here, with the type of each value (S707 4.5.5). */
export interface SettableCardPropertyValues {
  [names.CP_CARD_GUID]: Bytes;
  /** Place for the driver's own prompts; 0 = none. */
  [names.CP_PARENT_WINDOW]: object | 0;
  [names.CP_PIN_CONTEXT_STRING]: string | null;
}

/** Container properties, with the type of each value (S707 4.5.2). */
export interface ContainerPropertyValues {
  [CCP_CONTAINER_INFO]: CONTAINER_INFO;
  [CCP_PIN_IDENTIFIER]: number;
  [CCP_ASSOCIATED_ECDH_KEY]: number;
}

export type ContainerPropertyName = keyof ContainerPropertyValues;

/** Container properties that can be set (S707 4.5.3). */
export type SettableContainerPropertyValues = Omit<ContainerPropertyValues, typeof CCP_CONTAINER_INFO>;

/** What a caller's buffer says in C: the version preset in it and its size. Both may be left out. */
export interface PropertyRequest {
  /** Version preset in a structure; the current one when absent. */
  readonly dwVersion?: number;
  /** Size of the caller's buffer, in bytes: ERROR_INSUFFICIENT_BUFFER when the value's C form is larger. */
  readonly cbData?: number;
}
