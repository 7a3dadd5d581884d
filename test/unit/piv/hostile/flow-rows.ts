import assert from 'node:assert/strict';
import { type Bytes, bytes, concat, copy } from '../../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../../src/codec/hex.ts';
import { writeTlv } from '../../../../src/codec/tlv.ts';
import type { EdgeContainer } from '../../../../src/minidriver/card-edge.ts';
import { CardEdgeError } from '../../../../src/minidriver/edge-error.ts';
import { recordsOfFile } from '../../../../src/piv/card-edge/container-file.ts';
import { enterPin } from '../../../../src/piv/card-edge/pin-pad.ts';
import { CardError } from '../../../../src/piv/errors.ts';
import { parseKeyHistory } from '../../../../src/piv/key-history.ts';
import { protectedManagementKey, readAdminData } from '../../../../src/piv/protected-key.ts';
import { noteRetired, readKeyHistory } from '../../../../src/piv/retired.ts';
import { answering, good, objectOf, session } from './answering.ts';
import { elementsOf } from './damage.ts';
import { isCardError, type Row, row } from './judge.ts';

/* Readers that are steps of something larger: what they make of the octets is seen in what comes of it. */

const KEY = fromHex('a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718');
const ADMIN = writeTlv(0x80, fromHex('810102'));

const CONTAINERS: readonly EdgeContainer[] = [0, 1].map((index) => ({
  index,
  place: '',
  usage: 'signature',
  pinId: 1,
  pinAlways: false,
  hasCertificate: false,
}));
const fileRecord = (name: string, flags: number): Bytes =>
  concat(copy(Buffer.from(name, 'utf16le')), bytes(80 - 2 * name.length), bytes([flags, 0, 0, 0, 0, 8]));

const HISTORY = concat(
  fromHex('c10103 c20102'),
  writeTlv(0xf3, bytes(Array.from('http://a.test/x', (c) => c.charCodeAt(0)))),
  fromHex('e30101 fe00'),
);

/** Every element of a key history but the counts, as it is read. */
function others(history: Uint8Array): readonly string[] {
  return (elementsOf(history, true) ?? [])
    .filter(({ start }) => ![0xc1, 0xc2].includes(history[start] ?? 0))
    .map(({ start, from, to }) => toHex(bytes([history[start] ?? 0, ...history.subarray(from, to)])));
}

export const FLOW_ROWS: readonly Row[] = [
  row({
    name: 'GET DATA, the admin data',
    covers: ['protected-key.ts readAdminData'],
    samples: [objectOf(ADMIN)],
    framing: 'one',
    refuses: isCardError('bad-answer'),
    read: async (body) => readAdminData(await answering(body)),
    wellFormed: ({ keyStored }) => assert.equal(typeof keyStored, 'boolean'),
  }),
  row({
    name: 'management key behind the PIN',
    covers: ['admin-data.ts keysInside'],
    samples: [objectOf(writeTlv(0x88, writeTlv(0x89, KEY))), objectOf(writeTlv(0x88, writeTlv(0x89, KEY), writeTlv(0x8a, bytes(24).fill(9))))],
    framing: 'one',
    secrets: [{ name: 'management key', octets: KEY }],
    refuses: isCardError('bad-answer', 'wrong-management-key'),
    read: async (body) => {
      const piv = await session((command) => good(command[11] === 0x00 ? objectOf(ADMIN) : body));
      return (await protectedManagementKey(piv))?.external(bytes(16), 'AES-192');
    },
    anew: true,
    // Whatever the card says is its key is one, as long as it is as long as one.
    wellFormed: (block) => assert.equal(block.length, 16),
  }),
  row({
    name: 'key history, for the place of a retired key',
    covers: ['retired.ts readKeyHistory'],
    samples: [objectOf(HISTORY)],
    framing: 'one',
    refuses: isCardError('bad-answer'),
    read: async (body) => readKeyHistory(await answering(body)),
    wellFormed: ({ onCard, offCard }) => assert.ok(onCard <= 0xff && offCard <= 0xff),
  }),
  row({
    name: 'key history, counted anew',
    covers: ['retired.ts recounted'],
    samples: [HISTORY],
    framing: 'list',
    simple: true,
    anew: true,
    refuses: isCardError('bad-answer', 'too-large'),
    read: async (content) => {
      let kept = content;
      let written: Bytes | undefined;
      const piv = await session((command) => {
        if (command[1] !== 0xdb) return good(objectOf(kept));
        const data = command.subarray(command[4] === 0 ? 7 : 5);
        const [, object] = elementsOf(data, false) ?? [];
        kept = written = copy(data.subarray(object?.from, object?.to));
        return fromHex('9000');
      });
      const before = await readKeyHistory(piv);
      // One that makes no sense is replaced, which is seen elsewhere.
      if (before === undefined) return undefined;
      const after = await noteRetired(piv, before, 20, true);
      return written === undefined ? undefined : { written, after, before: copy(content) };
    },
    wellFormed: ({ written, after, before }) => {
      assert.deepEqual(parseKeyHistory(written), { ...parseKeyHistory(before), onCard: 20 });
      assert.equal(after?.onCard, 20);
      assert.deepEqual(others(written), others(before));
    },
  }),
  row({
    name: 'container map file of the host',
    covers: ['card-edge/container-file.ts recordsOfFile'],
    samples: [concat(fileRecord('First', 1), fileRecord('Second', 3))],
    framing: 'free',
    anew: true,
    read: (file) => recordsOfFile(file, CONTAINERS, async () => undefined),
    wellFormed: (records, file) => {
      assert.ok(file.length % 86 === 0 && records.length <= 24);
      for (const { name, flags, slot } of records) assert.ok(name.length <= 40 && (flags === 1 || flags === 3) && [0x9a, 0x9c].includes(slot));
    },
  }),
  row({
    name: 'answer of a PIN pad',
    covers: ['card-edge/pin-pad.ts statusOf'],
    samples: [fromHex('9000')],
    framing: 'free',
    // Whatever status word comes is one of the card's refusals.
    refuses: (error) => error instanceof CardError || (error instanceof CardEdgeError && error.reason === 'bad-pin-length'),
    read: async (response) => {
      const piv = await answering(bytes(0));
      const answer = async (): Promise<{ readonly kind: 'answer'; readonly response: Bytes }> => ({ kind: 'answer', response });
      await enterPin(piv, { canModify: false, verify: answer, modify: answer }, {});
      return piv.pinVerified;
    },
    wellFormed: (verified, response) => assert.deepEqual([verified, toHex(response.subarray(-2))], [true, '9000']),
  }),
];
