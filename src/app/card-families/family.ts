import type { CardTransaction } from '../../channel/types.ts';
import type { Bytes } from '../../codec/bytes.ts';
import type { CardEdge, ManagementAlgorithm, OpenEdgeOptions } from '../../minidriver/card-edge.ts';
import type { PlacePurpose } from '../card-summary.ts';

/** A card of a family, opened on a transaction: its edge, and what enrollment has to know that v7 has no word for. */
export interface FamilyCard {
  readonly edge: CardEdge<CardTransaction>;
  /** Whether the card itself tells which places hold a key, and which key; else only certificates tell. */
  readonly tellsKeys: boolean;
  /** Algorithm of the administration key; undefined when the card does not tell. Sends no secret. */
  managementAlgorithm(): Promise<ManagementAlgorithm | undefined>;
  /** Whether the card keeps its administration key behind the PIN. */
  managementKeyProtected(): Promise<boolean>;
}

/** A family of cards: one folder beside piv/ each. */
export interface CardFamily {
  readonly id: string;
  /** @throws CardEdgeError `unknown-card` when the card is of another family */
  open(transaction: CardTransaction, options: OpenEdgeOptions): Promise<FamilyCard>;
  /** All places in container order, whether they hold a key or not. */
  readonly places: readonly FamilyPlace[];
  /** The administration key of a card as it leaves the factory; undefined when there is none in common. A fresh copy. */
  defaultManagementKey(algorithm: ManagementAlgorithm): Bytes | undefined;
}

export interface FamilyPlace {
  readonly containerIndex: number;
  readonly place: string;
  readonly purpose: PlacePurpose;
  /** True when the PIN has to be verified before each use, unless the key itself says otherwise. */
  readonly pinAlways: boolean;
}
