import type { EntryPointName } from '../cardmod/card-data.ts';
import { wszCARD_USER_ADMIN, wszCARD_USER_USER } from '../cardmod/constants.ts';

/** Longest piece of a caller's text that is recorded, in characters. */
const MAX_TEXT = 40;

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MAX_TEXT).replace(/[^\x20-\x7e]/g, '?') : '-');
const number = (value: unknown): string => (typeof value === 'number' ? String(value) : '-');

/**
 * What a call was about, for a recorder: names of properties and files, indices and roles. Property names are recorded whether they are
 * known or not, so that it can be seen what callers ask for. Never a buffer.
 */
export function callDetail(name: EntryPointName, parameters: readonly unknown[]): string | undefined {
  const [first, second, third, fourth, fifth, sixth] = parameters;
  switch (name) {
    case 'CardGetProperty':
      return `${text(first)}, ${number(second)}`;
    case 'CardSetProperty':
      return text(first);
    case 'CardGetContainerProperty':
    case 'CardSetContainerProperty':
      return `${number(first)}, ${text(second)}`;
    case 'CardReadFile':
    case 'CardWriteFile':
    case 'CardDeleteFile':
    case 'CardCreateFile':
    case 'CardGetFileInfo':
      return typeof first === 'string' && first !== '' ? `${text(first)}/${text(second)}` : text(second);
    case 'CardEnumFiles':
    case 'CardCreateDirectory':
    case 'CardDeleteDirectory':
      return text(first);
    case 'CardAuthenticateEx':
    case 'CardGetChallengeEx':
    case 'CardDeauthenticateEx':
      return `PinId ${number(first)}`;
    case 'CardChangeAuthenticatorEx':
      return `flags ${number(first)}, PinId ${number(second)}, target ${number(fourth)}`;
    case 'CardAuthenticatePin':
    case 'CardUnblockPin':
    case 'CardChangeAuthenticator':
    case 'CardDeauthenticate':
      // Only the two names that exist: a caller who mixed up the parameters must not find a PIN in a trace.
      return first === wszCARD_USER_USER || first === wszCARD_USER_ADMIN ? first : '-';
    case 'CardCreateContainer':
    case 'CardCreateContainerEx':
      return `container ${number(first)}, flags ${number(second)}, keyspec ${number(third)}, bits ${number(fourth)}${name === 'CardCreateContainerEx' ? `, PinId ${number(sixth)}` : ''}${fifth instanceof Uint8Array ? ', with key' : ''}`;
    case 'CardDeleteContainer':
    case 'CardGetContainerInfo':
      return `container ${number(first)}`;
    case 'CardSignData':
    case 'CardRSADecrypt':
    case 'CardConstructDHAgreement':
      return typeof first === 'object' && first !== null && 'bContainerIndex' in first ? `container ${number(first.bContainerIndex)}` : undefined;
    default:
      return undefined;
  }
}
