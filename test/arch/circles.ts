import path from 'node:path';
import { importsOf } from './sources.ts';

/**
 * Files that lead back to themselves by their imports, type imports and import() included: each circle as the sorted list of its files.
 * `sources` maps paths to texts. Strongly connected components, after Tarjan.
 */
export function circles(sources: ReadonlyMap<string, string>): string[][] {
  const next = (file: string): string[] =>
    importsOf(sources.get(file) ?? '')
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier)))
      .filter((target) => sources.has(target));
  const found: string[][] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const visit = (file: string): void => {
    const own = index.size;
    index.set(file, own);
    low.set(file, own);
    stack.push(file);
    const targets = next(file);
    for (const target of targets) {
      if (!index.has(target)) {
        visit(target);
        low.set(file, Math.min(low.get(file) ?? own, low.get(target) ?? own));
      } else if (stack.includes(target)) low.set(file, Math.min(low.get(file) ?? own, index.get(target) ?? own));
    }
    if (low.get(file) !== own) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1 || targets.includes(file)) found.push(circle.sort());
  };
  for (const file of sources.keys()) if (!index.has(file)) visit(file);
  return found;
}
