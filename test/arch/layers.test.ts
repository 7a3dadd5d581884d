import { describe, expect, it } from 'vitest';
import { violations } from './layers.ts';
import { filesUnder, importsOf, textOf } from './sources.ts';

describe('layer table', () => {
  it('holds for every file under src/', () => {
    const files = filesUnder('src');
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap((file) => violations(file, textOf(file)))).toEqual([]);
  });

  it.each([
    ['a bare import', 'src/codec/x.ts', `import '../usb/port.ts';`],
    ['a named import', 'src/iso7816/x.ts', `import { a } from '../ccid/b.ts';`],
    ['a type import where nothing is allowed', 'src/minidriver/x.ts', `import type { CardTransaction } from '../channel/types.ts';`],
    ['a re-export', 'src/usb/x.ts', `export * from '../channel/index.ts';`],
    ['a value where types are allowed', 'src/piv/x.ts', `import { ChannelError } from '../channel/errors.ts';`],
    ['a multi-line import', 'src/ui/x.ts', `import {\n  type A,\n  b,\n} from '../channel/types.ts';`],
    ['a dynamic import', 'src/app/x.ts', `const s = await import('../simulator/index.ts');`],
    ['the minidriver outside card-edge.ts', 'src/piv/session.ts', `import type { CardEdge } from '../minidriver/card-edge.ts';`],
    ['a static import of a card family', 'src/plug-and-play/x.ts', `import { openPivEdge } from '../piv/card-edge.ts';`],
    ['protocol code in the simulator', 'src/simulator/x.ts', `import { encodeCommand } from '../iso7816/apdu.ts';`],
    ['asn1js elsewhere', 'src/piv/x.ts', `import * as asn1js from 'asn1js';`],
    ['a door out of src/', 'src/app/x.ts', `import { x } from '../../web/x.ts';`],
  ])('catches %s', (_name, file, source) => {
    expect(violations(file, source)).toHaveLength(1);
  });

  it('does not see imports in comments, and knows type imports', () => {
    expect(
      importsOf(`// import { a } from './a.ts';\n/* import './b.ts'; */\nimport type { C } from './c.ts';\nimport { type D } from './d.ts';`),
    ).toEqual([
      { specifier: './c.ts', dynamic: false, typeOnly: true },
      { specifier: './d.ts', dynamic: false, typeOnly: true },
    ]);
  });
});
