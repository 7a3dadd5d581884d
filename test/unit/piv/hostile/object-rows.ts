import assert from 'node:assert/strict';
import { type Bytes, bytes, concat } from '../../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../../src/codec/hex.ts';
import { writeTlv } from '../../../../src/codec/tlv.ts';
import { claimsStoredKey, parseAdminData } from '../../../../src/piv/admin-data.ts';
import { biometricSignedOctets, parseBiometricRecord } from '../../../../src/piv/biometric.ts';
import * as objects from '../../../../src/piv/card-objects.ts';
import { parseCcc } from '../../../../src/piv/ccc.ts';
import { chuidSignedOctets, parseChuid } from '../../../../src/piv/chuid.ts';
import { parseContainerMap, readUtf16 } from '../../../../src/piv/container-map.ts';
import { buildFascN, parseFascN } from '../../../../src/piv/fascn.ts';
import { parseKeyHistory } from '../../../../src/piv/key-history.ts';
import { parseHashList, parseSecurityObject } from '../../../../src/piv/security-object.ts';
import { elementsOf } from './damage.ts';
import { type Row, row } from './judge.ts';

/* Every reader of a data object that stands for itself. Samples as the standard has them, written out here and not by our builders. */

const ascii = (text: string): Bytes => bytes(Array.from(text, (c) => c.charCodeAt(0)));
const filled = (length: number, octet: number): Bytes => bytes(length).fill(octet);
const octet = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xff;

/** FASC-N of the standard's example form (fact sheet, section 4). */
export const FASC_N: Bytes = fromHex('d4e739da739ced39ce739d836858210842108421c84210c3eb');

const CHUID = concat(
  writeTlv(0xee, fromHex('0042')),
  writeTlv(0x30, FASC_N),
  writeTlv(0x32, ascii('1234')),
  writeTlv(0x34, fromHex('00112233445546778899aabbccddeeff')),
  writeTlv(0x35, ascii('20321202')),
  writeTlv(0x36, fromHex('ffeeddccbbaa49887766554433221100')),
  writeTlv(0x3e, filled(140, 0x3e)),
  writeTlv(0xfe),
);
const CCC = concat(
  writeTlv(0xf0, fromHex('a0000001 16ff02'), filled(14, 7)),
  ...[0x21, 0x21].map((version, i) => writeTlv(0xf1 + i, bytes([version]))),
  fromHex('f300 f40100 f50110 f600 f700 fa00 fb00 fc00 fd00 fe00'),
);
const PAIRING = ascii('58203194');
const BIOMETRIC = concat(
  fromHex('030d 00000014 0008 001b 0201'),
  ...['141901010000005a', '141901010a0b0c5a', '141d0c1f173b3b5a'].map((time) => fromHex(time)),
  fromHex('000008 20 fe'),
  ascii('Issuer'),
  bytes(12),
  FASC_N,
  bytes(4),
  filled(20, 0x11),
  filled(8, 0x22),
);
const MAP_RECORD = concat(...Array.from('Kéy', (c) => bytes([c.charCodeAt(0), 0])), bytes(74), fromHex('9a 01 0008 03 01 02'), filled(20, 0xab));
const HASHES = writeTlv(
  0x30,
  fromHex('020100 300d 0609608648016503040201 0500'),
  writeTlv(0x30, ...[1, 2].map((group) => writeTlv(0x30, bytes([0x02, 1, group]), writeTlv(0x04, filled(32, 0xa0 + group))))),
);

const date = /^\d{8}$/;
const digits = /^\d+$/;

export const OBJECT_ROWS: readonly Row[] = [
  row({
    name: 'CHUID',
    covers: ['chuid.ts parseChuid'],
    samples: [CHUID, concat(writeTlv(0x34, filled(16, 1)), writeTlv(0x3e), writeTlv(0xfe))],
    framing: 'list',
    simple: true,
    named: true,
    read: parseChuid,
    wellFormed: ({ guid, expiry }) => assert.ok(guid.length === 16 && (expiry === undefined || date.test(expiry))),
  }),
  row({
    name: 'CHUID, what is signed',
    covers: ['chuid.ts chuidSignedOctets'],
    samples: [CHUID, concat(fromHex('30820019'), FASC_N, fromHex('3e00 fe00'))],
    framing: 'list',
    simple: true,
    read: chuidSignedOctets,
    anew: true,
    wellFormed: (signed, input) => {
      const others = (elementsOf(input, true) ?? []).filter(({ start }) => input[start] !== 0x3e);
      assert.equal(toHex(signed), toHex(concat(...others.map(({ start, to }) => input.subarray(start, to)))));
    },
  }),
  row({
    name: 'CCC',
    covers: ['ccc.ts parseCcc'],
    samples: [CCC],
    framing: 'list',
    simple: true,
    named: true,
    read: parseCcc,
    wellFormed: ({ dataModel }) => assert.ok(dataModel === undefined || octet(dataModel)),
  }),
  row({
    name: 'FASC-N',
    covers: ['fascn.ts parseFascN'],
    samples: [FASC_N],
    framing: 'fixed',
    read: parseFascN,
    wellFormed: (number, input) => {
      for (const field of Object.values(number) as string[]) assert.match(field, digits);
      // One number has one form: parity, marks and check symbol leave no octet free.
      assert.equal(toHex(buildFascN(number)), toHex(input));
    },
  }),
  row({
    name: 'discovery object',
    covers: ['card-objects.ts parseDiscovery'],
    samples: [fromHex('4f0ba000000308000010000100 5f2f026020')],
    framing: 'list',
    named: true,
    read: objects.parseDiscovery,
    wellFormed: ({ usagePolicy, primary }, input) => assert.ok(toHex(input).includes(toHex(bytes([usagePolicy, primary])))),
  }),
  row({
    name: 'key history',
    covers: ['key-history.ts parseKeyHistory'],
    samples: [concat(fromHex('c10103 c20102'), writeTlv(0xf3, ascii(`http://a.test/${'0f'.repeat(32)}`)), writeTlv(0xfe)), fromHex('c10100')],
    framing: 'list',
    simple: true,
    named: true,
    read: parseKeyHistory,
    wellFormed: ({ onCard, offCard, url }, input) => {
      assert.ok(octet(onCard) && octet(offCard) && url !== '');
      assert.ok(
        Buffer.from(input)
          .toString('latin1')
          .includes(url ?? ''),
      );
    },
  }),
  row({
    name: 'security object',
    covers: ['security-object.ts parseSecurityObject'],
    samples: [concat(writeTlv(0xba, fromHex('013000 02db00 036050')), writeTlv(0xbb, filled(30, 0x30)), writeTlv(0xfe))],
    framing: 'list',
    simple: true,
    named: true,
    read: parseSecurityObject,
    wellFormed: ({ groups, cms }, input) => {
      const map = groups.map(({ group, container }) => bytes([group, container >>> 8, container & 0xff]));
      assert.ok(groups.length <= 16 && groups.every(({ group, container }) => octet(group) && container >= 0 && container <= 0xffff));
      const first = elementsOf(input, true)?.find(({ start }) => input[start] === 0xba);
      assert.equal(toHex(input.subarray(first?.from, first?.to)), toHex(concat(...map)));
      assert.ok(cms.length < input.length);
    },
  }),
  row({
    name: 'list of hashes',
    covers: ['security-object.ts parseHashList'],
    samples: [HASHES],
    framing: 'one',
    read: parseHashList,
    wellFormed: ({ hashes, algorithm }) => {
      assert.ok(hashes.length <= 16 && hashes.every(({ group }) => octet(group)));
      assert.ok([undefined, 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'].includes(algorithm));
    },
  }),
  row({
    name: 'printed information',
    covers: ['card-objects.ts parsePrinted'],
    samples: [
      concat(
        ...['Ada', 'B', '2032DEC02', '12345', 'XYZ', 'O1', 'O2'].map((text, i) => writeTlv([1, 2, 4, 5, 6, 7, 8][i] ?? 0, ascii(text))),
        writeTlv(0xfe),
      ),
    ],
    framing: 'list',
    simple: true,
    // Not by names: a vendor's element anywhere makes it no printed information.
    read: objects.parsePrinted,
    wellFormed: (printed, input) => {
      for (const text of Object.values(printed)) assert.ok(text.length <= 255 && Buffer.from(input).toString('latin1').includes(text));
    },
  }),
  row({
    name: 'pairing code',
    covers: ['card-objects.ts parsePairingCode'],
    samples: [concat(writeTlv(0x99, PAIRING), writeTlv(0xfe))],
    framing: 'list',
    simple: true,
    named: true,
    secrets: [{ name: 'pairing code', octets: PAIRING }],
    read: objects.parsePairingCode,
    wellFormed: (code) => assert.match(String.fromCharCode(...code), /^\d{8}$/),
  }),
  row({
    name: 'secure messaging signer',
    covers: ['card-objects.ts parseMessagingSigner'],
    samples: [concat(writeTlv(0x70, filled(20, 0x30)), fromHex('710101'), writeTlv(0x7f21, fromHex('5f290180')), writeTlv(0xfe))],
    framing: 'list',
    named: true,
    read: objects.parseMessagingSigner,
    wellFormed: ({ compressed }) => assert.equal(typeof compressed, 'boolean'),
  }),
  row({
    name: 'BIT group',
    covers: ['card-objects.ts parseBitGroup'],
    samples: [concat(fromHex('020102'), writeTlv(0x7f60, fromHex('830101')), writeTlv(0x7f60, fromHex('830102'))), fromHex('020100')],
    framing: 'list',
    read: objects.parseBitGroup,
    wellFormed: ({ count, templates }, input) => assert.ok(count === templates.length && count < 8 && input.includes(count)),
  }),
  row({
    name: 'biometric container',
    covers: ['card-objects.ts parseBiometric'],
    samples: [concat(writeTlv(0xbc, BIOMETRIC), writeTlv(0xfe))],
    framing: 'list',
    simple: true,
    named: true,
    read: objects.parseBiometric,
    wellFormed: (record, input) => assert.ok(record.length < input.length),
  }),
  row({
    name: 'biometric record',
    covers: ['biometric.ts parseBiometricRecord'],
    samples: [BIOMETRIC],
    framing: 'fixed',
    read: parseBiometricRecord,
    wellFormed: (record, input) => {
      const { createdAt, validFrom, validUntil, type, quality, creator, fascN, data, signature } = record;
      for (const time of [createdAt, validFrom, validUntil]) {
        // Two digits an octet: a day that is none would come out as another.
        const [, ...pairs] = /^(\d\d)(\d\d)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/.exec(time.toISOString()) ?? [];
        assert.ok(toHex(input).includes(toHex(bytes([...pairs.map(Number), 0x5a]))));
      }
      assert.ok(type >= 0 && type <= 0xffffff && quality >= -128 && quality <= 127 && creator.length <= 18 && !creator.includes('\0'));
      assert.ok(fascN.length === 25 && 88 + data.length + signature.length === input.length);
      assert.equal(toHex(concat(biometricSignedOctets(input, record), signature)), toHex(input));
    },
  }),
  row({
    name: 'admin data',
    covers: ['admin-data.ts parseAdminData'],
    samples: [writeTlv(0x80, fromHex('810103'), writeTlv(0x82, filled(16, 0x5a)), fromHex('830478563412'))],
    framing: 'one',
    named: true,
    read: (content) => {
      const admin = parseAdminData(content);
      assert.equal(claimsStoredKey(content), admin.keyStored);
      return admin;
    },
    wellFormed: ({ salt, pinChangedS }) => {
      assert.ok(salt === undefined || salt.length > 0);
      assert.ok(pinChangedS === undefined || (Number.isInteger(pinChangedS) && pinChangedS >= 0 && pinChangedS <= 0xffffffff));
    },
  }),
  row({
    name: 'container map',
    covers: ['container-map.ts parseContainerMap', 'container-map.ts readUtf16'],
    samples: [writeTlv(0x81, MAP_RECORD, MAP_RECORD), writeTlv(0x81)],
    framing: 'list',
    read: parseContainerMap,
    wellFormed: (records, input) => {
      assert.ok(records.length <= 32 && records.length * 107 <= input.length);
      for (const { name, fingerprint, keyBits, ...small } of records) {
        assert.ok(name.length <= 40 && !name.includes('\0') && fingerprint.length === 20 && keyBits >= 0 && keyBits <= 0xffff);
        assert.ok(Object.values(small).every(octet));
      }
    },
  }),
  row({
    name: 'text of a container’s name',
    covers: ['container-map.ts readUtf16'],
    samples: [MAP_RECORD.slice(0, 80), fromHex('4100')],
    framing: 'free',
    read: readUtf16,
    wellFormed: (text, input) => {
      assert.ok(!text.includes('\0'));
      assert.ok(toHex(input).startsWith(Buffer.from(text, 'utf16le').toString('hex')));
    },
  }),
];
