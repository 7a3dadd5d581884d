import type { KeyTypeName } from '../../app/card-summary.ts';
import type { EnrollmentStateOf, KeyOption, KeyPlan, RequestSubject } from '../../app/enrollment/state.ts';
import { distinguishedName } from './distinguished-name.ts';

/** The text fields of the form. */
export type NameField = 'commonName' | 'organisation' | 'unit' | 'country' | 'email' | 'upn' | 'raw';

const NO_NAMES: Readonly<Record<NameField, string>> = { commonName: '', organisation: '', unit: '', country: '', email: '', upn: '', raw: '' };

/** True when something can be done with the place. */
export function isUsable(option: KeyOption): boolean {
  return option.keyTypes.length > 0 || option.canUseExistingKey;
}

/** What was entered in the form for slot, key and name. It outlives the screen, so that going back loses nothing. */
export class KeyForm {
  names: Record<NameField, string> = { ...NO_NAMES };
  /** The name is written as one text. */
  raw = false;
  showRetired = false;
  containerIndex: number | undefined;
  existing = false;
  keyType: KeyTypeName | undefined;

  /** Brings the choice in line with what this card offers; a plan made before wins. */
  fit(state: EnrollmentStateOf<'choose-key'>): void {
    const { options, plan } = state;
    if (this.containerIndex === undefined && plan !== undefined) this.#take(plan);
    const chosen = this.chosen(options);
    if (chosen === undefined || !isUsable(chosen)) {
      const best = options.find((option) => isUsable(option) && !option.place.hasKey) ?? options.find(isUsable);
      this.containerIndex = best?.place.containerIndex;
    }
    const option = this.chosen(options);
    if (option === undefined) return;
    if (!option.canUseExistingKey) this.existing = false;
    else if (option.keyTypes.length === 0) this.existing = true;
    if (this.keyType === undefined || !option.keyTypes.includes(this.keyType)) this.keyType = option.recommendedKeyType ?? option.keyTypes[0];
    if (option.place.purpose === 'retired') this.showRetired = true;
  }

  #take(plan: KeyPlan): void {
    this.containerIndex = plan.containerIndex;
    this.existing = plan.key.kind === 'existing';
    this.keyType = plan.key.kind === 'generate' ? plan.key.keyType : undefined;
    if (this.subject() === '') {
      this.raw = true;
      this.names = { ...this.names, raw: plan.subject, email: plan.email ?? '', upn: plan.userPrincipalName ?? '' };
    }
  }

  chosen(options: readonly KeyOption[]): KeyOption | undefined {
    return options.find((option) => option.place.containerIndex === this.containerIndex);
  }

  /** The distinguished name as it stands. */
  subject(): string {
    return this.raw ? this.names.raw.trim() : distinguishedName(this.names);
  }

  /** The name as one text, or as fields again. The text starts from what the fields say. */
  writeRaw(raw: boolean): void {
    if (raw && this.names.raw === '') this.names.raw = distinguishedName(this.names);
    this.raw = raw;
  }

  plan(fixed: RequestSubject | undefined): KeyPlan | undefined {
    if (this.containerIndex === undefined) return undefined;
    if (!this.existing && this.keyType === undefined) return undefined;
    const names = fixed ?? { subject: this.subject(), ...optional('email', this.names.email), ...optional('userPrincipalName', this.names.upn) };
    const key: KeyPlan['key'] = this.existing || this.keyType === undefined ? { kind: 'existing' } : { kind: 'generate', keyType: this.keyType };
    return { containerIndex: this.containerIndex, key, ...names };
  }

  /** Forgets card and key, keeps the names: the next card is often for the same person, never with the same slots. */
  forgetCard(): void {
    this.containerIndex = undefined;
    this.existing = false;
    this.keyType = undefined;
    this.showRetired = false;
  }
}

function optional<Name extends string>(name: Name, value: string): Partial<Record<Name, string>> {
  return value.trim() === '' ? {} : ({ [name]: value.trim() } as Partial<Record<Name, string>>);
}
