import { afterEach, describe } from 'vitest';
import { everyStateIsAccessible, plainPage } from './axe-every.ts';
import { mount } from './diagnostics-harness.ts';
import { samples } from './diagnostics-samples.ts';

afterEach(plainPage);

describe('every state of diagnostics is accessible', () => {
  everyStateIsAccessible({ samples, mount, mayBeWider: '.visually-hidden, .scroller' });
});
