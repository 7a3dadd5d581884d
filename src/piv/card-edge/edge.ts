import type { CardTransaction } from '../../channel/types.ts';
import { type Bytes, bytes } from '../../codec/bytes.ts';
import type {
  CardEdge,
  EdgeCapabilities,
  EdgeContainer,
  EdgeFile,
  EdgeIdentity,
  EdgeInspection,
  EdgePin,
  EdgePinPad,
  EdgePrivateKey,
  EdgePublicKey,
  GenerateRequest,
  PinEntryOptions,
  PinId,
  PinStatus,
} from '../../minidriver/card-edge.ts';
import { CardEdgeError } from '../../minidriver/edge-error.ts';
import { readCertificate } from '../data-objects.ts';
import { CardError, lenient } from '../errors.ts';
import type { InspectOptions, PivInspection } from '../inspector/tree.ts';
import { attestKey } from '../keys.ts';
import { getMetadata } from '../metadata.ts';
import { TAG } from '../objects.ts';
import { checkPin, logout, probePin, verifyPin } from '../pin.ts';
import type { RenewalRequest, RenewalState, RenewedKey } from '../renewal.ts';
import type { RepairedHistory } from '../retired.ts';
import type { PivSession } from '../session.ts';
import { KEY_REFERENCE, SLOTS } from '../slots.ts';
import { capabilitiesOf } from './capabilities.ts';
import { guarded } from './errors.ts';
import * as files from './files.ts';
import * as keyUse from './key-use.ts';
import { isPinRole, PIN_ROLES, pinsOf, ROLE } from './roles.ts';
import { EdgeState, type PivEdgeOptions } from './state.ts';

export type { PivEdgeOptions } from './state.ts';

/* What few callers need is loaded by who asks for it: the ciphers of key 9B, changes of secrets, renewal, PIN pads, the inspector. */
const management = async () => import('../management.ts');
const secrets = async () => import('./secrets.ts');
const renewal = async () => import('../renewal.ts');
const pinPad = async () => import('./pin-pad.ts');

/** PIV as a card family of the minidriver. */
export class PivEdge implements CardEdge<CardTransaction> {
  readonly family = 'piv';
  readonly #piv: PivSession;
  readonly #state: EdgeState;
  #challenged = false;
  /** True when the caller itself answered the challenge: key 9B that was authenticated underneath is nobody's role. */
  #admin = false;

  constructor(piv: PivSession, options: PivEdgeOptions) {
    this.#piv = piv;
    piv.remember();
    this.#state = new EdgeState(piv, options);
  }

  get capabilities(): EdgeCapabilities {
    return capabilitiesOf(this.#piv, this.#state.readOnly);
  }

  get pins(): readonly EdgePin[] {
    return pinsOf(this.#piv.profile, this.#state.options.pinPad !== undefined);
  }

  get authenticated(): number {
    const { pinVerified, pinFresh, managementAuthenticated } = this.#piv;
    return (pinVerified ? 1 << ROLE.USER : 0) | (pinFresh ? 1 << ROLE.SIGNATURE : 0) | (this.#admin && managementAuthenticated ? 1 << ROLE.ADMIN : 0);
  }

  attach(handle: CardTransaction): Promise<void> {
    return guarded(async () => {
      this.#admin = this.#challenged = false;
      if (handle.interrupted) this.#state.forget();
      await this.#piv.attach(handle);
    });
  }

  forget(): void {
    this.#piv.forgetAnswers();
    this.#state.forget();
  }

  reselect(): Promise<void> {
    return guarded(async () => {
      this.#admin = this.#challenged = false;
      this.#piv.markDeselected();
      await this.#piv.select();
      // What the other context authenticated outlives SELECT of the same application (SP 800-73-4 part 2, 3.1.1): a logout is to end it.
      this.#piv.pinTouched = this.#piv.managementTouched = true;
    });
  }

  identity(): Promise<EdgeIdentity> {
    return guarded(async () => {
      const guid = await this.#state.guid();
      const value = await this.#state.serial();
      return { cardId: guid ?? bytes(16), cardName: this.#piv.profile.cardName, ...(value === undefined ? {} : { serialNumber: value }) };
    });
  }

  containers(): Promise<readonly EdgeContainer[]> {
    return guarded(() => this.#state.containers());
  }

  container(containerIndex: number): Promise<EdgeContainer | undefined> {
    return guarded(() => this.#state.containerAt(containerIndex));
  }

  containerName(containerIndex: number): Promise<string> {
    return guarded(() => this.#state.containerName(containerIndex));
  }

  pinStatus(pinId: PinId): Promise<PinStatus> {
    return guarded(async () => {
      if (pinId === ROLE.EVERYONE) return { verified: true };
      const reference = isPinRole(pinId)
        ? KEY_REFERENCE.PIV_PIN
        : pinId === ROLE.ADMIN
          ? KEY_REFERENCE.MANAGEMENT
          : pinId === ROLE.UNBLOCKER
            ? KEY_REFERENCE.PUK
            : undefined;
      if (reference === undefined) throw new CardEdgeError('bad-parameter', `PIV has no role ${pinId}`);
      const verified = (this.authenticated & (1 << pinId)) !== 0;
      const told = await lenient(() => getMetadata(this.#piv, reference));
      if (told?.retriesLeft !== undefined || !isPinRole(pinId)) {
        return {
          verified,
          ...(told?.retriesLeft === undefined ? {} : { retriesLeft: told.retriesLeft }),
          ...(told?.retriesTotal === undefined ? {} : { retriesTotal: told.retriesTotal }),
          ...(told?.isDefault === undefined ? {} : { isDefault: told.isDefault }),
        };
      }
      const { retriesLeft } = await probePin(this.#piv);
      return { verified, ...(retriesLeft === undefined ? {} : { retriesLeft }) };
    });
  }

  verifyPin(pinId: PinId, pin: Bytes): Promise<void> {
    return guarded(async () => {
      if (!isPinRole(pinId)) throw new CardEdgeError('unsupported', 'this role is not proven with a PIN');
      checkPin(this.#piv.profile, pin);
      await this.#beforePin(pinId);
      await verifyPin(this.#piv, pin);
    });
  }

  enterPin(pinId: PinId, options: PinEntryOptions): Promise<void> {
    return guarded(async () => {
      const pad = this.#onReader(pinId);
      await this.#beforePin(pinId);
      await (await pinPad()).enterPin(this.#piv, pad, options);
    });
  }

  /** A key that wants the PIN as the very command before: what its use has to know of the card is read now, since nothing may come between. */
  async #beforePin(pinId: PinId): Promise<void> {
    if (pinId === ROLE.SIGNATURE) await this.#state.containers();
  }

  enterNewPin(pinId: PinId, options: PinEntryOptions): Promise<void> {
    return guarded(async () => (await pinPad()).enterNewPin(this.#piv, this.#onReader(pinId), options));
  }

  #onReader(pinId: PinId): EdgePinPad {
    const { pinPad: pad } = this.#state.options;
    if (pad === undefined || !isPinRole(pinId)) throw new CardEdgeError('unsupported', 'this role is not proven on the reader');
    return pad;
  }

  challenge(pinId: PinId): Promise<Bytes> {
    return guarded(async () => {
      if (pinId !== ROLE.ADMIN) throw new CardEdgeError('unsupported', 'this role is not proven with a challenge');
      const challenge = await (await management()).getChallenge(this.#piv);
      this.#challenged = true;
      return challenge;
    });
  }

  respond(pinId: PinId, response: Bytes): Promise<void> {
    return guarded(async () => {
      if (pinId !== ROLE.ADMIN) throw new CardEdgeError('unsupported', 'this role is not proven with a challenge');
      if (!this.#challenged) throw new CardEdgeError('no-challenge', 'no challenge was fetched just before');
      this.#challenged = this.#admin = false;
      try {
        await (await management()).answerChallenge(this.#piv, response);
      } catch (cause) {
        if (cause instanceof CardError && cause.reason === 'wrong-management-key')
          throw new CardEdgeError('wrong-pin', 'the response is wrong', { cause });
        throw cause;
      }
      this.#admin = true;
    });
  }

  deauthenticate(pinSet: number): Promise<void> {
    return guarded(async () => {
      if ((pinSet & (PIN_ROLES | (1 << ROLE.ADMIN))) === 0) return;
      await logout(this.#piv, this.#admin && (pinSet & (1 << ROLE.ADMIN)) === 0);
      this.#admin = this.#admin && this.#piv.managementAuthenticated;
    });
  }

  changePin(pinId: PinId, current: Bytes, next: Bytes): Promise<void> {
    return guarded(async () => (await secrets()).changeSecret(this.#piv, pinId, current, next, () => this.respond(pinId, current)));
  }

  unblockPin(unblocker: PinId, unblockerPin: Bytes, target: PinId, next: Bytes): Promise<void> {
    return guarded(async () => (await secrets()).unblock(this.#piv, unblocker, unblockerPin, target, next));
  }

  generate(request: GenerateRequest): Promise<EdgePublicKey> {
    return guarded(() => keyUse.generate(this.#state, request));
  }

  importKey(request: GenerateRequest, key: EdgePrivateKey): Promise<void> {
    return guarded(() => keyUse.importKey(this.#state, request, key));
  }

  deleteKey(containerIndex: number): Promise<void> {
    return guarded(() => keyUse.deleteKey(this.#state, containerIndex));
  }

  rsaPrivate(containerIndex: number, block: Bytes): Promise<Bytes> {
    return guarded(() => keyUse.rsaPrivate(this.#state, containerIndex, block));
  }

  ecdsaSign(containerIndex: number, digest: Bytes): Promise<Bytes> {
    return guarded(() => keyUse.ecdsaSign(this.#state, containerIndex, digest));
  }

  ecdh(containerIndex: number, point: Bytes): Promise<Bytes> {
    return guarded(() => keyUse.ecdh(this.#state, containerIndex, point));
  }

  readCertificate(containerIndex: number): Promise<Bytes | undefined> {
    return guarded(async () => (await this.#state.slots.certificate(containerIndex, this.#state.slot(containerIndex)))?.slice());
  }

  writeCertificate(containerIndex: number, der: Bytes | undefined): Promise<void> {
    return guarded(() => files.writeCertificate(this.#state, containerIndex, der));
  }

  readFile(file: EdgeFile): Promise<Bytes | undefined> {
    return guarded(() => files.readFile(this.#state, file));
  }

  writeFile(file: EdgeFile, content: Bytes): Promise<void> {
    return guarded(() => files.writeFile(this.#state, file, content));
  }

  /** PIV tells of no free space. */
  async freeBytes(): Promise<number | undefined> {
    return undefined;
  }

  associateEcdh(containerIndex: number, ecdhContainerIndex: number): Promise<void> {
    return guarded(() => files.associateEcdh(this.#state, containerIndex, ecdhContainerIndex));
  }

  attest(containerIndex: number): Promise<{ readonly statement: Bytes; readonly issuer: Bytes | undefined }> {
    return guarded(async () => {
      const statement = await attestKey(this.#piv, this.#state.slot(containerIndex).key);
      // The statement came; the object of its issuer may be written over, and whoever judges the chain may have the issuer from elsewhere.
      return { statement, issuer: await lenient(() => readCertificate(this.#piv, TAG.ATTESTATION)) };
    });
  }

  /** How far a renewal of this container's key has come, by what is on the card. */
  renewalState(containerIndex: number): Promise<RenewalState> {
    return guarded(async () => (await renewal()).renewalState(this.#piv, this.#state.slot(containerIndex)));
  }

  /** A new key in the container, the old decryption key kept in a retired one; takes up a renewal that was cut off. */
  prepareRenewal(containerIndex: number, request: RenewalRequest): Promise<RenewedKey> {
    return guarded(async () => {
      const slot = this.#state.slot(containerIndex);
      await this.#state.administrate();
      this.#state.forget();
      const renewed = await (await renewal()).prepareRenewal(this.#piv, slot, request);
      // What the map says of a retired place is about an earlier key.
      const retired = renewed.resumed ? undefined : SLOTS.find((each) => each.key === renewed.retiredKey);
      if (retired !== undefined) await files.dropRecord(this.#state, retired);
      // A card that tells nothing of its keys would go on being taken for one with the certificate's key.
      if (!this.#piv.profile.features.has('metadata'))
        this.#state.slots.made(containerIndex, renewed.publicKey, undefined, 'generated', request.policy?.pin, false);
      return renewed;
    });
  }

  /** The new certificate into the container. */
  finishRenewal(containerIndex: number, certificate: Bytes): Promise<void> {
    return guarded(async () => {
      const slot = this.#state.slot(containerIndex);
      await this.#state.administrate();
      this.#state.slots.forgetCertificate(containerIndex);
      this.#state.forgetContainers();
      await (await renewal()).finishRenewal(this.#piv, slot, certificate, this.#state.slots.madeHere(containerIndex));
      await files.refreshRecord(this.#state, containerIndex, slot);
    });
  }

  /** Writes the key history that fits the certificates in the retired containers. */
  repairKeyHistory(): Promise<RepairedHistory> {
    return guarded(async () => {
      this.#state.forget();
      return (await import('../retired.ts')).repairKeyHistory(this.#piv, () => this.#state.administrate());
    });
  }

  inspect(): Promise<EdgeInspection> {
    return guarded(async () => (await import('./inspect.ts')).edgeInspection(await this.inspectPiv()));
  }

  /** The whole tree behind {@link inspect}. What it needs of certificates and CMS is loaded when it is first asked for. */
  inspectPiv(options: Pick<InspectOptions, 'proveKeys' | 'fetchOffCard'> = {}): Promise<PivInspection> {
    return guarded(async () => {
      const { inspectPiv } = await import('../inspector/inspect.ts');
      const { random, today } = this.#state.options;
      return inspectPiv(this.#piv, { now: today(), random, ...options }, this.#state.slots);
    });
  }

  provision(): Promise<readonly string[]> {
    return guarded(async () => (await import('./provision.ts')).provision(this.#state));
  }
}
