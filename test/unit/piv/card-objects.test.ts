import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { CodecError } from '../../../src/codec/errors.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { writeTlv } from '../../../src/codec/tlv.ts';
import { buildAdminData, parseAdminData } from '../../../src/piv/admin-data.ts';
import * as objects from '../../../src/piv/card-objects.ts';
import { parseCcc } from '../../../src/piv/ccc.ts';
import { chuidSignedOctets, encodeChuid, parseChuid } from '../../../src/piv/chuid.ts';
import { buildCcc } from '../../../src/piv/holder-objects.ts';
import { buildContainerMap, parseContainerMap } from '../../../src/piv/container-map.ts';
import { buildFascN, NON_FEDERAL, parseFascN } from '../../../src/piv/fascn.ts';
import { buildKeyHistory, parseKeyHistory } from '../../../src/piv/key-history.ts';
import { buildOffCardCertificates, isFileOfUrl, parseOffCardCertificates } from '../../../src/piv/off-card.ts';
import { buildHashList, buildSecurityObject, parseHashList, parseSecurityObject } from '../../../src/piv/security-object.ts';

const octets = (minLength: number, maxLength = minLength): fc.Arbitrary<Bytes> => fc.uint8Array({ minLength, maxLength }).map((each) => copy(each));
const digits = (count: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9]{${count}}$`));
const ascii = (most: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[ -~]{0,${most}}$`));

describe('what is built is parsed back', () => {
  it('FASC-N', () => {
    const fields = fc.record({
      agencyCode: digits(4),
      systemCode: digits(4),
      credentialNumber: digits(6),
      credentialSeries: digits(1),
      individualCredentialIssue: digits(1),
      personIdentifier: digits(10),
      organizationalCategory: digits(1),
      organizationalIdentifier: digits(4),
      associationCategory: digits(1),
    });
    fc.assert(fc.property(fields, (f) => void expect(parseFascN(buildFascN(f))).toEqual(f)));
    // One turned bit anywhere is seen: parity, marks or check symbol.
    fc.assert(
      fc.property(fields, fc.integer({ min: 0, max: 199 }), (f, bit) => {
        const packed = buildFascN(f);
        packed[bit >> 3] = (packed[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
        expect(() => parseFascN(packed)).toThrow(CodecError);
      }),
    );
  });

  it('CHUID: elements, and the octets that are signed leave out the signature alone', () => {
    fc.assert(
      fc.property(octets(16), octets(16), octets(0, 2816), (guid, cardholderUuid, signature) => {
        const content = encodeChuid({ fascN: buildFascN(NON_FEDERAL), guid, expiry: '20300102', cardholderUuid, signature });
        expect(parseChuid(content)).toEqual({ fascN: buildFascN(NON_FEDERAL), guid, expiry: '20300102', cardholderUuid, signature });
        // The signature stands last but for the empty error detection code; the same octets may stand in a value before.
        const tail = concat(writeTlv(0x3e, signature), bytes([0xfe, 0x00]));
        expect(toHex(content.slice(-tail.length))).toBe(toHex(tail));
        expect(toHex(chuidSignedOctets(content))).toBe(`${toHex(content.slice(0, -tail.length))}fe00`);
      }),
      { examples: [[bytes(16), bytes([0, 0, 0, 0, 0, 0, 0, 0, 0x3e, 0, 0, 0, 0, 0, 0, 0]), bytes(0)]] },
    );
    // Length octets longer than needed stay as they are.
    expect(toHex(chuidSignedOctets(fromHex('308119d4e739da739ced39ce739d836858210842108421c84210c3eb 3e820001aa fe00')))).toBe(
      '308119d4e739da739ced39ce739d836858210842108421c84210c3ebfe00',
    );
    expect(() => encodeChuid({ fascN: bytes(24), guid: bytes(16), expiry: '20300102' })).toThrow(CodecError);
    expect(() => encodeChuid({ fascN: bytes(25), guid: bytes(16), expiry: '2030-1-2' })).toThrow(CodecError);
  });

  it('CCC', () => {
    const parsed = parseCcc(buildCcc((length) => new Uint8Array(length).fill(7)));
    expect(parsed.dataModel).toBe(0x10);
    expect(parsed.cardIdentifier).toHaveLength(21);
    // Octet for octet: container 21, grammar 21, PKCS#15 00, data model 10 (SP 800-73-4 part 1, 3.1.1 and table 8).
    expect(toHex(buildCcc((length) => new Uint8Array(length).fill(7)))).toMatch(
      /^f015[0-9a-f]{42}f10121f20121f300f40100f50110f600f700fa00fb00fc00fd00fe00$/,
    );
  });

  it('discovery object: every usage policy of the standard with every primary PIN that fits, and no other', () => {
    // 40 in all; 04 only beside 08 (SP 800-73-4 part 1, 3.3.2).
    const fits = (policy: number): boolean => (policy & 0xc3) === 0x40 && (policy & 0x0c) !== 0x04;
    const built: number[] = [];
    for (let usagePolicy = 0; usagePolicy < 256; usagePolicy++)
      for (const primary of [0x00, 0x10, 0x20, 0x30]) {
        const global = (usagePolicy & 0x20) !== 0;
        const policy = { usagePolicy, primary };
        if (fits(usagePolicy) && (global ? primary === 0x10 || primary === 0x20 : primary === 0)) {
          expect(objects.parseDiscovery(objects.buildDiscovery(policy))).toEqual(policy);
          built.push(usagePolicy);
        } else expect(() => objects.buildDiscovery(policy), JSON.stringify(policy)).toThrow(CodecError);
      }
    expect(new Set(built).size).toBe(12);
  });

  it('key history and off-card certificates', async () => {
    const url = `http://example.test/${'ab'.repeat(32)}`;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), (onCard, offCard) => {
        const history = { onCard, offCard, url: offCard > 0 ? url : undefined };
        if (onCard + offCard > 20) expect(() => buildKeyHistory(history)).toThrow(CodecError);
        else expect(parseKeyHistory(buildKeyHistory(history))).toEqual(history);
      }),
    );
    // The file lists every retired key: it may be named beside keys that all have their certificates on the card.
    expect(parseKeyHistory(buildKeyHistory({ onCard: 3, offCard: 0, url }))).toEqual({ onCard: 3, offCard: 0, url });
    for (const wrong of [
      { onCard: 0, offCard: 1, url: undefined },
      { onCard: 0, offCard: 0, url },
      { onCard: 0, offCard: 1, url: 'ftp://x/' },
      { onCard: -1, offCard: 0, url: undefined },
    ])
      expect(() => buildKeyHistory(wrong)).toThrow(CodecError);
    const list = [0x95, 0x94].map((key) => ({ key, der: writeTlv(0x30, fromHex('020101')) }));
    const file = buildOffCardCertificates(list);
    expect(parseOffCardCertificates(file)).toEqual(list);
    const named = `http://example.test/${createHash('sha256').update(file).digest('hex')}`;
    expect(await isFileOfUrl(named, file)).toBe(true);
    expect(await isFileOfUrl(url, file)).toBe(false);
    expect(() => parseOffCardCertificates(writeTlv(0x30, writeTlv(0x30, fromHex('040181'), writeTlv(0x30))))).toThrow(CodecError);
    expect(() => buildOffCardCertificates([])).toThrow(CodecError);
  });

  it('security object and its list of hashes', () => {
    const group = fc.record({ group: fc.integer({ min: 1, max: 16 }), container: fc.integer({ min: 0, max: 0xffff }) });
    fc.assert(
      fc.property(fc.array(group, { maxLength: 16 }), octets(0, 900), (groups, cms) => {
        expect(parseSecurityObject(buildSecurityObject({ groups, cms }))).toEqual({ groups, cms });
        const hashes = groups.map((each) => ({ group: each.group, hash: copy(createHash('sha384').update(String(each.container)).digest()) }));
        expect(parseHashList(buildHashList('SHA-384', hashes))).toEqual({ algorithm: 'SHA-384', hashes });
      }),
    );
  });

  it('container map', () => {
    const small = fc.integer({ min: 0, max: 255 });
    const record = fc.record({
      name: fc.string({ maxLength: 19, unit: 'binary' }).filter((text) => !text.includes('\0')),
      slot: small,
      keySpec: small,
      keyBits: fc.integer({ min: 0, max: 0xffff }),
      flags: small,
      pinId: small,
      associated: small,
      fingerprint: octets(20),
    });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 32 }), (records) => void expect(parseContainerMap(buildContainerMap(records))).toEqual(records)),
    );
    const one = { name: '', slot: 0, keySpec: 0, keyBits: 0, flags: 0, pinId: 0, associated: 0, fingerprint: bytes(20) };
    expect(() => buildContainerMap(Array.from({ length: 33 }, () => one))).toThrow(CodecError);
    expect(() => buildContainerMap([{ ...one, name: 'x'.repeat(40) }])).toThrow(CodecError);
    expect(() => buildContainerMap([{ ...one, fingerprint: bytes(19) }])).toThrow(CodecError);
  });

  it('admin data, pairing code, signer, BIT group: of any values', () => {
    const admin = fc.record({
      pukBlocked: fc.boolean(),
      keyStored: fc.boolean(),
      salt: fc.option(octets(1, 40), { nil: undefined }),
      pinChangedS: fc.option(fc.integer({ min: 0, max: 0xffffffff }), { nil: undefined }),
    });
    fc.assert(fc.property(admin, (each) => void expect(parseAdminData(buildAdminData(each))).toEqual(each)));
    const code = digits(8).map((text) => bytes(Array.from(text, (c) => c.charCodeAt(0))));
    fc.assert(fc.property(code, (each) => void expect(objects.parsePairingCode(objects.buildPairingCode(each))).toEqual(each)));
    const signer = fc.record({ certificate: octets(0, 300), compressed: fc.boolean(), intermediate: fc.option(octets(0, 200), { nil: undefined }) });
    fc.assert(fc.property(signer, (each) => void expect(objects.parseMessagingSigner(objects.buildMessagingSigner(each))).toEqual(each)));
    fc.assert(
      fc.property(fc.array(octets(0, 40), { maxLength: 7 }), (templates) => {
        expect(objects.parseBitGroup(objects.buildBitGroup(templates))).toEqual({ count: templates.length, templates });
      }),
    );
    fc.assert(fc.property(octets(0, 700), (record) => void expect(objects.parseBiometric(objects.buildBiometric(record))).toEqual(record)));
  });

  it('printed information, discovery, pairing code, signer, BIT group, biometrics, admin data', () => {
    const printed = fc.record({
      name: ascii(125),
      affiliation: ascii(20),
      expiry: fc.constant('2032DEC02'),
      cardSerialNumber: ascii(20),
      issuer: ascii(15),
    });
    fc.assert(fc.property(printed, (each) => void expect(objects.parsePrinted(objects.buildPrinted(each))).toEqual(each)));
    const whole = { name: 'A', affiliation: 'B', expiry: '2032DEC02', cardSerialNumber: '1', issuer: 'C', organization1: 'D', organization2: 'E' };
    expect(objects.parsePrinted(objects.buildPrinted(whole))).toEqual(whole);
    expect(objects.parsePrinted(writeTlv(0x88, bytes(3)))).toBeUndefined();
    expect(() => objects.buildPrinted({ ...whole, expiry: '2032-12-02' })).toThrow(CodecError);
    expect(() => objects.buildPrinted({ ...whole, name: 'ä' })).toThrow(CodecError);
    const valid: string[] = [];
    for (let usagePolicy = 0; usagePolicy < 256; usagePolicy++)
      for (const primary of [0x00, 0x10, 0x20]) {
        try {
          expect(objects.parseDiscovery(objects.buildDiscovery({ usagePolicy, primary }))).toEqual({ usagePolicy, primary });
          valid.push(toHex(bytes([usagePolicy, primary])));
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }
    expect(valid).toHaveLength(6 + 2 * 6);
    expect(valid).toEqual(expect.arrayContaining(['4000', '6010', '6020', '4c00', '7c20']));
    expect(toHex(objects.parsePairingCode(objects.buildPairingCode(fromHex('3132333435363738'))))).toBe('3132333435363738');
    expect(() => objects.buildPairingCode(fromHex('31323334353637'))).toThrow(CodecError);
    const signer = { certificate: bytes([0x30, 0]), compressed: true, intermediate: fromHex('5f290180') };
    expect(objects.parseMessagingSigner(objects.buildMessagingSigner(signer))).toEqual(signer);
    const alone = { certificate: bytes([0x30, 0]), compressed: false, intermediate: undefined };
    expect(objects.parseMessagingSigner(objects.buildMessagingSigner(alone))).toEqual(alone);
    expect(objects.parseBitGroup(objects.buildBitGroup([bytes([1]), bytes([2, 3])]))).toEqual({ count: 2, templates: [bytes([1]), bytes([2, 3])] });
    expect(toHex(writeTlv(0x7f61, objects.buildBitGroup([])))).toBe('7f6103020100');
    expect(objects.parseBiometric(objects.buildBiometric(bytes(5)))).toEqual(bytes(5));
    const admin = { pukBlocked: true, keyStored: true, salt: bytes(16), pinChangedS: 0x80000001 };
    expect(parseAdminData(buildAdminData(admin))).toEqual(admin);
    // 14 January 2022, octet for octet as Yubico's .NET SDK has it in its own tests.
    const object = fromHex('801b 810103 8210 a4c4d92374597f64a6d3cb2c10f0cd2d 8304 71b8e161'.replace(/ /g, ''));
    expect(parseAdminData(object)).toMatchObject({ pukBlocked: true, keyStored: true, pinChangedS: Date.UTC(2022, 0, 14, 17, 52, 49) / 1000 });
    expect(toHex(buildAdminData(parseAdminData(object)))).toBe(toHex(object));
  });
});
