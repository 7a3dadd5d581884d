import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The project's folder. */
export const root: string = path.resolve(import.meta.dirname, '..', '..');

/** Paths of all files under `folder` with one of the endings, relative to the project's folder. */
export function filesUnder(folder: string, endings: readonly string[] = ['.ts']): string[] {
  const found: string[] = [];
  const walk = (at: string): void => {
    for (const entry of readdirSync(path.join(root, at), { withFileTypes: true })) {
      const next = path.posix.join(at, entry.name);
      if (entry.isDirectory()) walk(next);
      else if (endings.some((ending) => entry.name.endsWith(ending))) found.push(next);
    }
  };
  walk(folder);
  return found.sort();
}

export function textOf(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** One import, re-export, dynamic import or type import in a source text. */
export interface ImportOf {
  readonly specifier: string;
  readonly dynamic: boolean;
  readonly typeOnly: boolean;
}

/** Every module that a source text names. Comments are removed first; bare `import './x'` counts. */
export function importsOf(source: string): ImportOf[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
  const found: ImportOf[] = [];
  const static_ = /(?:^|[;\n}])\s*(import|export)\s+(type\s+)?(?:[\w*\s{},$]*?\sfrom\s*|\{[^}]*\}\s*from\s*|)(['"])([^'"]+)\3/g;
  for (const match of code.matchAll(static_)) {
    const clause = match[0];
    const named = /\{([^}]*)\}/.exec(clause)?.[1];
    const allTypes =
      named !== undefined &&
      named.trim() !== '' &&
      named
        .split(',')
        .filter((n) => n.trim() !== '')
        .every((n) => n.trim().startsWith('type '));
    found.push({ specifier: match[4] ?? '', dynamic: false, typeOnly: match[2] !== undefined || allTypes });
  }
  for (const match of code.matchAll(/\bimport\s*\(\s*(['"])([^'"]+)\1/g)) found.push({ specifier: match[2] ?? '', dynamic: true, typeOnly: false });
  return found;
}
