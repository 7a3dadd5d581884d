import { createHash, createPublicKey, verify } from 'node:crypto';
import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPivCard } from '../../src/simulator/card/index.ts';
import { createSimulatedReader } from '../../src/simulator/reader/index.ts';
import { KEYS, preparedImage } from '../conformance/minidriver-bench.ts';
import { IWA_ORIGIN, type Lab, startLab } from './lab.ts';
import { countedApp } from './minidriver-library.ts';
import { KNOWN_READER, startPcsc } from './pcsc.ts';
import { serve, type TestServer } from './server.ts';
import type { Done, Failed, Work } from './two-pages-page.ts';

/*
 * Several tabs of the real browser on one reader, each with a context of the minidriver that it keeps: they take turns, or are told in words
 * why they can't.
 */

const shared = createSimulatedReader({ productName: 'shared', productId: 0x0d01, interfaceClass: 0xff });
const known = createSimulatedReader({ ...KNOWN_READER, productName: 'known' });

let server: TestServer;
let foreign: TestServer;
let lab: Lab;
let image: unknown;
let knownNumber: number;
const pages: Page[] = [];

beforeAll(async () => {
  image = await preparedImage();
  const files = await countedApp('two-pages-page.ts');
  server = await serve(files);
  foreign = await serve(files);
  const grants = [shared, known].map(({ device }) => ({
    vendorId: device.options.vendorId,
    productId: device.options.productId,
    serialNumber: device.options.serialNumber ?? '',
  }));
  lab = await startLab({ grants: { [server.origin]: grants, [foreign.origin]: grants, [IWA_ORIGIN]: grants } });
  lab.bus.plug('1-1', shared.device);
  knownNumber = lab.bus.plug('1-2', known.device);
  await lab.installIwa(server.origin);
});

afterAll(async () => {
  await lab?.close();
  server?.close();
  foreign?.close();
});

beforeEach(() => {
  for (const reader of [shared, known]) {
    if (reader.cardIn() !== null) reader.remove();
    reader.insert(createPivCard({ profile: 'yubikey-5.7', image }));
    reader.journal.clear();
  }
});

afterEach(async () => {
  for (const page of pages.splice(0)) await page.close();
});

/** A tab or a worker. */
interface Place {
  evaluate<R, A>(call: (given: A) => R | Promise<R>, given: A): Promise<R>;
}

async function newPage(origin: string = server.origin): Promise<Page> {
  const page = await lab.open(`${origin}/`);
  pages.push(page);
  await page.waitForFunction(() => 'tab' in globalThis);
  return page;
}

async function newWorker(): Promise<Place> {
  const page = await lab.open(`${server.origin}/empty`);
  pages.push(page);
  const made = page.waitForEvent('worker');
  await page.evaluate(() => void Object.assign(globalThis, { worker: new Worker('/worker.js') }));
  const worker = await made;
  await expect.poll(() => worker.evaluate(() => 'tab' in globalThis), { timeout: 20_000 }).toBe(true);
  return worker;
}

type Options = Parameters<typeof globalThis.tab.open>[1];
const open = (place: Place, options: Options = {}, reader = 'shared'): Promise<Done | Failed> =>
  place.evaluate(([name, given]) => globalThis.tab.open(name, given), [reader, options] as const);
const hold = (place: Place): Promise<Done | Failed> => place.evaluate(() => globalThis.tab.hold(), null);
const rest = (place: Place): Promise<void> => place.evaluate(() => globalThis.tab.rest(), null);
const work = (place: Place, given: Work): Promise<Done | Failed> => place.evaluate((each) => globalThis.tab.work(each), given);

/** A signature, checked by OpenSSL. */
async function sign(place: Place, message: string): Promise<{ readonly right: boolean; readonly interrupted: boolean } | Failed> {
  const done = await work(place, { kind: 'sign', hash: createHash('sha256').update(message).digest('hex') });
  if ('code' in done) return done;
  const key = { key: createPublicKey(KEYS[3]), dsaEncoding: 'ieee-p1363' } as const;
  return { right: verify('sha256', Buffer.from(message), key, Buffer.from(done.result, 'hex')), interrupted: done.interrupted };
}

const opened = { interrupted: false, result: '' };
const mine = { right: true, interrupted: false };
const afterOther = { right: true, interrupted: true };
const verifies = (): number => shared.journal.verifiesWithData.length;

/** What a person reads who can't have the reader. */
const violation = {
  code: 'SCARD_E_SHARING_VIOLATION',
  short: 'U04',
  title: 'Another program holds the reader',
  text: expect.stringContaining('another tab') as unknown,
  next: [expect.stringContaining('Close') as unknown, expect.any(String) as unknown],
};

describe('pages of one origin take turns', () => {
  it('one after the other: each selects the application again, and signs', async () => {
    const [a, b] = [await newPage(), await newPage()];
    expect(await open(a)).toEqual(opened);
    expect(await open(b)).toEqual(opened);
    for (const message of ['first', 'second', 'third']) {
      expect(await sign(a, message)).toEqual(afterOther);
      expect(await sign(b, message)).toEqual(afterOther);
    }
    // By itself a page keeps the card.
    expect(await sign(b, 'again')).toEqual(mine);
    const selects = shared.journal.apdus.filter(({ ins }) => ins === 0xa4).length;
    expect(selects).toBeGreaterThanOrEqual(8);
  });

  it.each([2, 3])('%s pages at once, five signatures each: all are right', async (count) => {
    const places = [];
    for (let i = 0; i < count; i++) places.push(await newPage());
    for (const place of places) expect(await open(place)).toEqual(opened);
    const all = await Promise.all(
      places.map(async (place, i) => {
        const done = [];
        for (let n = 0; n < 5; n++) done.push(await sign(place, `${i} ${n}`));
        return done;
      }),
    );
    expect(all.flat().filter((each) => !('right' in each && each.right))).toEqual([]);
    expect(verifies()).toBe(0);
  });

  it('a worker and a page', async () => {
    const [a, b] = [await newWorker(), await newPage()];
    expect(await open(a)).toEqual(opened);
    expect(await open(b)).toEqual(opened);
    expect(await sign(a, 'worker')).toEqual(afterOther);
    expect(await sign(b, 'page')).toEqual(afterOther);
    expect(await sign(a, 'worker again')).toEqual(afterOther);
  });

  it('an idle page gives the reader back by itself, to a page of another origin too', async () => {
    const [a, b] = [await newPage(), await newPage(foreign.origin)];
    expect(await open(a, { idleMs: 200 })).toEqual(opened);
    await expect.poll(() => open(b, { waitMs: 100 }), { timeout: 10_000 }).toEqual(opened);
    expect(await sign(b, 'from elsewhere')).toEqual(mine);
  });

  it('planted: a page that never gives the reader back is found', async () => {
    const [a, b] = [await newPage(), await newPage()];
    expect(await open(a, { keep: true })).toEqual(opened);
    expect(await open(b, { waitMs: 300 })).toEqual(violation);
  });
});

describe('a transaction that is held', () => {
  it('makes the other page wait, and it goes on after it', async () => {
    const [a, b] = [await newPage(), await newPage()];
    await open(a);
    await open(b);
    expect(await hold(a)).toEqual({ interrupted: true, result: '' });
    let waiting = true;
    const later = sign(b, 'patient').finally(() => (waiting = false));
    for (const message of ['one', 'two', 'three']) expect(await sign(a, message)).toMatchObject({ right: true });
    expect(waiting).toBe(true);
    await rest(a);
    expect(await later).toEqual(afterOther);
  });

  it('for longer than the other page waits: SCARD_E_SHARING_VIOLATION with what to do next; the holder goes on; later the other gets it', async () => {
    const [a, b] = [await newPage(), await newPage()];
    await open(b, { waitMs: 300 });
    await open(a);
    await hold(a);
    expect(await sign(b, 'impatient')).toEqual(violation);
    expect(await sign(a, 'undisturbed')).toMatchObject({ right: true });
    await rest(a);
    expect(await sign(b, 'now')).toEqual(afterOther);
    expect(verifies()).toBe(0);
  });

  it('a PIN that one page proved is of no use to the other, nor to itself after the other; no try is spent', async () => {
    const [a, b] = [await newPage(), await newPage()];
    await open(a);
    await open(b);
    await hold(a);
    expect(await work(a, { kind: 'pin', pin: '123456' })).toMatchObject({ result: '' });
    expect(await work(a, { kind: 'sign-guarded' })).toMatchObject({ result: expect.stringMatching(/^[0-9a-f]{512}$/) as unknown });
    // It ends without giving up the PIN.
    await rest(a);
    expect(await work(b, { kind: 'state' })).toEqual({ interrupted: true, result: '0' });
    expect(await work(b, { kind: 'sign-guarded' })).toMatchObject({ code: 'SCARD_W_SECURITY_VIOLATION' });
    expect(await work(a, { kind: 'state' })).toEqual({ interrupted: true, result: '0' });
    expect(await work(a, { kind: 'sign-guarded' })).toMatchObject({ code: 'SCARD_W_SECURITY_VIOLATION' });
    expect(verifies()).toBe(1);
  });
});

describe('a page that goes in the middle', () => {
  it.each([
    ['is closed', (page: Page) => page.close()],
    ['goes elsewhere', (page: Page) => page.goto(`${server.origin}/empty`)],
  ] as const)('%s in a transaction with the PIN proven: the other gets the reader, not the PIN', async (_name, leave) => {
    const [a, b] = [await newPage(), await newPage()];
    await open(b);
    await open(a);
    await hold(a);
    await work(a, { kind: 'pin', pin: '123456' });
    const waiting = sign(b, 'heir');
    await leave(a);
    expect(await waiting).toEqual(afterOther);
    expect(await work(b, { kind: 'state' })).toMatchObject({ result: '0' });
    expect(await work(b, { kind: 'sign-guarded' })).toMatchObject({ code: 'SCARD_W_SECURITY_VIOLATION' });
    expect(verifies()).toBe(1);
  });

  it('is closed while the card works: the other gets the reader, and the command was given once', async () => {
    const [a, b] = [await newPage(), await newPage()];
    await open(b);
    await open(a);
    await hold(a);
    expect(await sign(a, 'before')).toMatchObject({ right: true });
    shared.journal.clear();
    shared.fault({ kind: 'time-extension', message: 0x6f, until: 'reset', carriedOut: true });
    void work(a, { kind: 'sign', hash: '00'.repeat(32) }).catch(() => undefined);
    await expect.poll(() => shared.journal.count(0x87)).toBe(1);
    const waiting = sign(b, 'heir');
    await a.close();
    expect(await waiting).toEqual(afterOther);
    expect(shared.journal.count(0x87)).toBe(2);
  });
});

describe('somebody else holds the reader', () => {
  it('a page of another origin: the words, and the reader when it goes', async () => {
    const [a, b] = [await newPage(foreign.origin), await newPage()];
    expect(await open(b)).toEqual(opened);
    // Not ours: it gets no message from us, nor we from it.
    await expect.poll(() => open(a, { waitMs: 100 }), { timeout: 5000 }).toEqual(violation);
    await b.close();
    await expect.poll(() => open(a, { waitMs: 100 }), { timeout: 5000 }).toEqual(opened);
    const c = await newPage();
    expect(await open(c, { waitMs: 100 })).toEqual(violation);
    expect(await sign(a, 'undisturbed')).toEqual(mine);
    expect(verifies()).toBe(0);
  });

  it('pcscd: the words, and the reader when it ends', async () => {
    const page = await newPage(IWA_ORIGIN);
    const pcsc = await startPcsc(lab.bus, knownNumber);
    try {
      expect((await pcsc.run('opensc-tool', ['--atr'])).status).toBe(0);
      expect(await open(page, { waitMs: 100 }, 'known')).toEqual(violation);
      expect((await pcsc.run('opensc-tool', ['--atr'])).status).toBe(0);
    } finally {
      await pcsc.stop();
    }
    await expect.poll(() => open(page, { waitMs: 100 }, 'known'), { timeout: 10_000 }).toEqual(opened);
    expect(await sign(page, 'after pcscd')).toEqual(mine);
  });
});
