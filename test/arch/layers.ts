import path from 'node:path';
import { importsOf } from './sources.ts';

/** What a folder of src/ may import: 'full', 'types' (type imports only) or 'dynamic' (import() only). */
type Allowed = Readonly<Record<string, 'full' | 'types' | 'dynamic'>>;

/** The layer table. Folders not named in a row are forbidden to it. */
export const layers: Readonly<Record<string, Allowed>> = {
  codec: {},
  usb: { codec: 'full' },
  iso7816: { codec: 'full' },
  crypto: { codec: 'full' },
  ccid: { codec: 'full', usb: 'full' },
  channel: { codec: 'full', usb: 'full', ccid: 'full', iso7816: 'full' },
  'secure-channel': { codec: 'full', iso7816: 'full', crypto: 'full', channel: 'types' },
  minidriver: { codec: 'full', crypto: 'full' },
  piv: { codec: 'full', iso7816: 'full', crypto: 'full', channel: 'types', 'secure-channel': 'full' },
  gids: { codec: 'full', iso7816: 'full', crypto: 'full', channel: 'types', 'secure-channel': 'full' },
  'plug-and-play': { codec: 'full', iso7816: 'full', channel: 'types', minidriver: 'types', piv: 'dynamic', gids: 'dynamic' },
  app: {
    codec: 'full',
    usb: 'full',
    ccid: 'full',
    iso7816: 'full',
    channel: 'full',
    crypto: 'full',
    'secure-channel': 'full',
    minidriver: 'full',
    piv: 'full',
    gids: 'full',
    'plug-and-play': 'full',
  },
  ui: { app: 'full', codec: 'full', minidriver: 'types' },
  simulator: { codec: 'full', crypto: 'full' },
};

/** Packages from npm, by the folder (prefix) that alone may import them. */
const packages: Readonly<Record<string, readonly string[]>> = {
  lit: ['src/ui/'],
  asn1js: ['src/crypto/certificates/'],
  '@noble/ciphers': ['src/crypto/'],
  '@noble/curves': ['src/simulator/'],
};

/** In piv/ and gids/ one door leads to the minidriver's ports: card-edge.ts and the files of card-edge/. */
const cardEdge = /^src\/(piv|gids)\/card-edge(\.ts|\/)/;

/** What is wrong with the imports of one file under src/; empty when nothing is. */
export function violations(file: string, source: string): string[] {
  const folder = file.split('/')[1] ?? '';
  const allowed = layers[folder];
  if (allowed === undefined) return [`${file}: folder ${folder} is not in the layer table`];
  const found: string[] = [];
  for (const { specifier, dynamic, typeOnly } of importsOf(source)) {
    if (!specifier.startsWith('.')) {
      const name = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : (specifier.split('/')[0] ?? '');
      if (!(packages[name] ?? []).some((prefix) => file.startsWith(prefix))) found.push(`${file}: may not import the package ${name}`);
      continue;
    }
    const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
    if (!target.startsWith('src/')) {
      found.push(`${file}: leaves src/ for ${target}`);
      continue;
    }
    const other = target.split('/')[1] ?? '';
    if (other === folder) continue;
    if (other === 'minidriver' && cardEdge.test(file)) continue;
    const kind = allowed[other];
    if (kind === undefined) found.push(`${file}: ${folder} may not import ${other}`);
    else if (kind === 'types' && !typeOnly) found.push(`${file}: ${folder} may import types only from ${other}`);
    else if (kind === 'dynamic' && !dynamic) found.push(`${file}: ${folder} may import ${other} by import() only`);
  }
  return found;
}
