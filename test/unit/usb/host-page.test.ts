import { describe, expect, it } from 'vitest';
import { hostPage } from '../../../src/usb/index.ts';

class Channel {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

describe('what a page has for sharing a reader', () => {
  it('a page: its locks, a channel of the given name, its window', () => {
    const [locks, window] = [{}, {}];
    const { locks: given, broadcast, page } = hostPage('readers', { window, navigator: { locks }, BroadcastChannel: Channel });
    expect([given, broadcast?.name, page]).toEqual([locks, 'readers', window]);
  });

  it('a page without Web Locks and channels: its window alone', () => {
    const window = {};
    expect(hostPage('readers', { window })).toEqual({ page: window });
  });

  it('a worker: the same without a window', () => {
    const locks = {};
    const { broadcast, ...rest } = hostPage('readers', { WorkerGlobalScope: class {}, navigator: { locks }, BroadcastChannel: Channel });
    expect([broadcast?.name, rest]).toEqual(['readers', { locks }]);
  });

  it('a script outside a page opens no channel: nothing would close it', () => {
    expect(hostPage('readers', { BroadcastChannel: Channel })).toEqual({});
    expect(hostPage('readers')).toEqual({});
  });
});
