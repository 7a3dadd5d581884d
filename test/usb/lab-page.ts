import { deflateSync, crc32 } from 'node:zlib';
import type { Files } from './server.ts';

function png(size: number): Uint8Array {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const length = Buffer.alloc(4);
    const sum = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head[8] = 8;
  const rows = Buffer.alloc(size * (size + 1), 0x60);
  for (let i = 0; i < size; i++) rows[i * (size + 1)] = 0;
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A page with nothing in it, good as an ordinary origin and as an Isolated Web App with these permissions policies. */
export function emptyApp(policies: readonly string[] = ['usb', 'usb-unrestricted', 'cross-origin-isolated']): Files {
  const manifest = {
    name: 'Lab',
    short_name: 'Lab',
    id: '/',
    start_url: '/',
    scope: '/',
    version: '1.0.0',
    display: 'standalone',
    icons: [{ src: '/icon.png', sizes: '192x192', type: 'image/png', purpose: 'any' }],
    permissions_policy: Object.fromEntries(policies.map((policy) => [policy, ['self']])),
  };
  return {
    '/': ['text/html', '<!doctype html><title>lab</title>'],
    '/icon.png': ['image/png', png(192)],
    '/.well-known/manifest.webmanifest': ['application/manifest+json', JSON.stringify(manifest)],
  };
}

/** What a page may do with a device, step by step: 'ok', the answer in hexadecimal, or the exception. Runs in the page. */
export async function probe(productName: string): Promise<Record<string, string> | null> {
  const device = (await navigator.usb.getDevices()).find((item) => item.productName === productName);
  if (device === undefined) return null;
  const seen: Record<string, string> = {};
  const step = async (name: string, run: () => Promise<string | void>): Promise<void> => {
    try {
      seen[name] = (await run()) ?? 'ok';
    } catch (error) {
      seen[name] = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
  };
  const hex = (result: USBInTransferResult): string =>
    `${result.status} ${[...new Uint8Array(result.data?.buffer ?? new ArrayBuffer(0))].map((octet) => octet.toString(16).padStart(2, '0')).join('')}`;
  const number = device.configuration?.interfaces.find((item) => [0x0b, 0xff].includes(item.alternate.interfaceClass))?.interfaceNumber ?? -1;
  await step('open', () => device.open());
  await step('selectConfiguration', () => device.selectConfiguration(1));
  await step('descriptor', async () =>
    hex(await device.controlTransferIn({ requestType: 'standard', recipient: 'device', request: 6, value: 0x200, index: 0 }, 512)),
  );
  await step('claim', () => device.claimInterface(number));
  await step('unknownRequest', async () =>
    hex(await device.controlTransferIn({ requestType: 'class', recipient: 'interface', request: 3, value: 0, index: number }, 4)),
  );
  await step(
    'setConfigurationByControl',
    async () => (await device.controlTransferOut({ requestType: 'standard', recipient: 'device', request: 9, value: 1, index: 0 })).status,
  );
  await step('powerOn', async () => {
    await device.transferOut(1, new Uint8Array([0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0]));
    return hex(await device.transferIn(2, 512));
  });
  await step('select', async () => {
    await device.transferOut(1, new Uint8Array([0x6f, 4, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0xa4, 4, 0]));
    return hex(await device.transferIn(2, 512));
  });
  await step('tooSmall', async () => {
    await device.transferOut(1, new Uint8Array([0x65, 0, 0, 0, 0, 0, 3, 0, 0, 0]));
    return hex(await device.transferIn(2, 5));
  });
  await step('release', () => device.releaseInterface(number));
  await step('reset', () => device.reset());
  await step('close', () => device.close());
  return seen;
}
