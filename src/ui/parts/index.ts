export { certificateView, holderName, nameView, validityBadge, validityText } from './certificate.ts';
export { download, fileName } from './download.ts';
export { elementStyles, type PropertyValues, WmElement } from './element.ts';
export { ScreenFocus } from './focus.ts';
export { icon, ICON_NAMES, type IconName } from './icons.ts';
export type { Kit } from './kit.ts';
export {
  accessBadge,
  accessView,
  badge,
  busyBar,
  capital,
  commandLine,
  mistakeLine,
  note,
  problemNote,
  problemView,
  simulatedBadge,
  textMistake,
  type Tone,
} from './views.ts';
