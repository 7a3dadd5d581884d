import { expect, it } from 'vitest';
import { icon } from '../../src/ui/parts/index.ts';
import { render } from 'lit';
it('x', () => { const d=document.createElement('div'); render(icon('key'), d); expect(d.innerHTML).toContain('svg'); });
