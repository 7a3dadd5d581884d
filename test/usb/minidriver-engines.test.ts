import { X509Certificate } from 'node:crypto';
import type { Page, Worker } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTRY_POINT_VERSIONS } from '../../src/minidriver/cardmod/card-data.ts';
import { createPivCard } from '../../src/simulator/card/index.ts';
import { createSimulatedReader, type SimulatedReader } from '../../src/simulator/reader/index.ts';
import { type Lab, startLab } from './lab.ts';
import { countedApp } from './minidriver-library.ts';
import { material, ORACLES } from './minidriver-material.ts';
import type { Flows, Outcome } from './minidriver-page.ts';
import { differences, engineTable, readmeText } from './minidriver-table.ts';
import { serve, type TestServer } from './server.ts';

/*
 * The built library in the real browser, every entry point of the minidriver on readers of the emulated bus: who computes, in a page and
 * in a worker. The simulated cards compute in this process, so no call of theirs is counted there.
 */

type Outcomes = Readonly<Record<string, Outcome>>;

const options = { interfaceClass: 0xff } as const;
const yubikey = createSimulatedReader({ ...options, productName: 'yubikey', productId: 0x0e01 });
const plain = createSimulatedReader({ ...options, productName: 'plain', productId: 0x0e02 });
const readers = { yubikey: 'yubikey', plain: 'plain' } as const;

let server: TestServer;
let lab: Lab;

/** Cards from the factory. */
function insertNew(): void {
  const put = (reader: SimulatedReader, profile: 'yubikey-5.7' | 'nist'): void => {
    if (reader.cardIn() !== null) reader.remove();
    reader.insert(createPivCard({ profile }));
  };
  put(yubikey, 'yubikey-5.7');
  put(plain, 'nist');
}

beforeAll(async () => {
  server = await serve(await countedApp('minidriver-page.ts'));
  const grants = [yubikey, plain].map(({ device }) => ({
    vendorId: device.options.vendorId,
    productId: device.options.productId,
    serialNumber: device.options.serialNumber ?? '',
  }));
  lab = await startLab({ grants: { [server.origin]: grants } });
  lab.bus.plug('1-1', yubikey.device);
  lab.bus.plug('1-2', plain.device);
});

afterAll(async () => {
  await lab?.close();
  server?.close();
});

async function newPage(): Promise<Page> {
  const page = await lab.open(`${server.origin}/`);
  await page.waitForFunction(() => 'minidriver' in globalThis);
  return page;
}

/** A dedicated worker; its page has no script of ours. */
async function newWorker(): Promise<{ readonly page: Page; readonly worker: Worker }> {
  const page = await lab.open(`${server.origin}/empty`);
  const made = page.waitForEvent('worker');
  await page.evaluate(() => void Object.assign(globalThis, { worker: new Worker('/worker.js') }));
  const worker = await made;
  await expect.poll(() => worker.evaluate(() => 'minidriver' in globalThis), { timeout: 20_000 }).toBe(true);
  return { page, worker };
}

const enginesOf = (outcomes: Outcomes): Map<string, readonly string[]> =>
  new Map(Object.entries(outcomes).map(([name, { engines }]) => [name, engines]));

/** Results that node:crypto does not agree with. */
const wrong = (outcomes: Outcomes): string[] =>
  Object.entries(ORACLES)
    .filter(([name, right]) => outcomes[name] === undefined || !right(outcomes[name].result))
    .map(([name]) => name);

/** OpenSSL's view of what an enrollment wrote. */
function checkFlows({ findings, certificate, authority }: Flows): void {
  expect(findings).toEqual(expect.arrayContaining(['default-pin', 'missing-chuid']));
  const [written, root] = [certificate, authority].map((hex) => new X509Certificate(Buffer.from(hex, 'hex')));
  if (written === undefined || root === undefined) throw new Error('no certificates');
  expect([written.subject, written.verify(root.publicKey), root.verify(root.publicKey)]).toEqual(['CN=Ada Lovelace', true, true]);
  expect(written.verify(written.publicKey)).toBe(false);
}

const callArguments = [readers, material] as const;
let inPage: Outcomes;

describe('in a page, over WebUSB', () => {
  it('all operations are right by node:crypto', async () => {
    insertNew();
    const page = await newPage();
    inPage = await page.evaluate(([names, given]) => globalThis.minidriver.run(names, given), callArguments);
    await page.close();
    expect(wrong(inPage)).toEqual([]);
    const refused = Object.entries(inPage).filter(([, { result }]) => result.startsWith('"SCARD_'));
    expect(refused.map(([, { result }]) => result)).toEqual(Array.from({ length: 9 }, () => '"SCARD_E_UNSUPPORTED_FEATURE"'));
    console.log(`operations: ${Object.keys(inPage).length}, checked by node:crypto: ${Object.keys(ORACLES).length}`);
  });

  it('none of the 45 entry points is left out', () => {
    const functions = new Set(Object.keys(inPage).map((name) => name.split(':')[0]));
    const missing = ['CardAcquireContext', ...Object.keys(ENTRY_POINT_VERSIONS)].filter((name) => !functions.has(name));
    expect(missing).toEqual([]);
    expect(Object.keys(ENTRY_POINT_VERSIONS)).toHaveLength(44);
  });

  it('who computes is what the table of the README says', () => {
    const counted = enginesOf(inPage);
    expect(differences(engineTable(readmeText()), counted)).toEqual([]);
    expect(new Set([...counted.values()].flat())).toEqual(new Set(['WebCrypto', 'WebAssembly', 'random', 'noble', 'des3.ts', 'md5.ts', 'BigInt']));
  });

  it('planted: another engine, a missing and a made-up operation in the table are found; a wrong result too', () => {
    const counted = enginesOf(inPage);
    const readme = readmeText();
    const changed = (from: string | RegExp, to: string): string[] => {
      const text = readme.replace(from, to);
      expect(text).not.toBe(readme);
      return differences(engineTable(text), counted);
    };
    expect(changed(/(\| `CardSignData`: PSS \| )[^|]*/, '$1WebAssembly ')).toHaveLength(1);
    expect(changed(/\| `CardRSADecrypt`: OAEP \|.*\n/, '')).toHaveLength(2);
    expect(changed(/all others \(\d+\)/, 'all others (1)')).toHaveLength(1);
    expect(changed('| `CardSignData`: PSS |', '| `CardSignData`: PSS, ISO 9796 |')).toHaveLength(1);
    expect(() => engineTable(readme.replace('`CardSignData`: PSS', '`CardRSADecrypt`: OAEP'))).toThrow('two rows');
    const spoilt = { ...inPage, 'CardSignData: ECDSA': { engines: [], result: '00'.repeat(64) }, 'CardDeriveKey: HASH': { engines: [], result: '' } };
    expect(wrong(spoilt)).toEqual(['CardSignData: ECDSA', 'CardDeriveKey: HASH']);
  });
});

describe('in a dedicated worker', () => {
  it('over WebUSB: the same operations, right by node:crypto and computed by the same engines; diagnosis and enrollment', async () => {
    insertNew();
    const { page, worker } = await newWorker();
    expect(await worker.evaluate(() => globalThis.minidriver.hasDom())).toBe(false);
    // The chooser needs a page; a worker finds what the page was given (WebUSB, 4: exposed to Window only).
    expect(await worker.evaluate(() => 'requestDevice' in (navigator as unknown as { usb: object }).usb)).toBe(false);
    const outcomes = await worker.evaluate(([names, given]) => globalThis.minidriver.run(names, given), callArguments);
    expect(wrong(outcomes)).toEqual([]);
    expect(enginesOf(outcomes)).toEqual(enginesOf(inPage));
    // The flows of the elements need no page either. The last operation reset the card.
    yubikey.journal.clear();
    checkFlows(await worker.evaluate((name) => globalThis.minidriver.flows(name), readers.yubikey));
    expect(yubikey.journal.verifiesWithData.map(({ sw }) => sw)).toEqual([0x9000]);
    await page.close();
  });

  it('on the simulated reader in that worker: the same operations, right by node:crypto; diagnosis and enrollment', async () => {
    const { page, worker } = await newWorker();
    const before = yubikey.journal.commands.length;
    await worker.evaluate(() => globalThis.minidriver.simulate());
    const outcomes = await worker.evaluate(([names, given]) => globalThis.minidriver.run(names, given), callArguments);
    expect(wrong(outcomes)).toEqual([]);
    checkFlows(await worker.evaluate((name) => globalThis.minidriver.flows(name), readers.yubikey));
    await page.close();
    expect(Object.keys(outcomes)).toEqual(Object.keys(inPage));
    expect(yubikey.journal.commands.length).toBe(before);
    // There the card's own work is counted with ours: this tells the page's count from one that would count the card.
    expect(outcomes['CardSignData: PKCS#1']?.engines).not.toEqual(inPage['CardSignData: PKCS#1']?.engines);
  });
});
