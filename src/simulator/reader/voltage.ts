import type { SimulatedCard } from '../smart-card.ts';

/** By bPowerSelect 1 to 3, and by the bits of bVoltageSupport (CCID 1.1, 5.1 and 6.1.1). */
const VOLTAGES = [5, 3, 1.8] as const;

/** Whether the card answers at this voltage; with bPowerSelect 0 the reader tries all that it has. */
export function answersAt(card: SimulatedCard, bVoltageSupport: number, bPowerSelect: number): boolean {
  const works = card.voltages ?? VOLTAGES;
  const tried = VOLTAGES.filter((_, bit) => (bPowerSelect === 0 ? ((bVoltageSupport >> bit) & 1) !== 0 : bit === bPowerSelect - 1));
  return tried.some((volts) => works.includes(volts));
}
