import { describe, expect, it } from 'vitest';
import { circles } from './circles.ts';
import { filesUnder, textOf } from './sources.ts';

describe('import circles', () => {
  it('there is none under src/, of types neither', () => {
    const files = filesUnder('src');
    expect(files.length).toBeGreaterThan(100);
    expect(circles(new Map(files.map((file) => [file, textOf(file)])))).toEqual([]);
  });

  it.each([
    ['two files', { 'src/a.ts': `import { b } from './b.ts';`, 'src/b.ts': `export { a } from './a.ts';` }, ['src/a.ts', 'src/b.ts']],
    [
      'three files over folders, by a type and an import()',
      {
        'src/x/a.ts': `import type { B } from '../y/b.ts';`,
        'src/y/b.ts': `const c = await import('./c.ts');`,
        'src/y/c.ts': `import '../x/a.ts';`,
        'src/y/d.ts': `import './c.ts';`,
      },
      ['src/x/a.ts', 'src/y/b.ts', 'src/y/c.ts'],
    ],
    ['a file that imports itself', { 'src/a.ts': `import './a.ts';` }, ['src/a.ts']],
  ])('planted: catches %s', (_name, sources, circle) => {
    expect(circles(new Map(Object.entries(sources)))).toEqual([circle]);
  });

  it('two ways to one file are no circle', () => {
    const sources = {
      'src/a.ts': `import './b.ts';\nimport './c.ts';`,
      'src/b.ts': `import './d.ts';`,
      'src/c.ts': `import './d.ts';`,
      'src/d.ts': '',
    };
    expect(circles(new Map(Object.entries(sources)))).toEqual([]);
  });
});
