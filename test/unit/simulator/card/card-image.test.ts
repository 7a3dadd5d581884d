import { describe, expect, it } from 'vitest';
import { CodecError } from '../../../../src/codec/errors.ts';
import { systemRandom } from '../../../../src/codec/random.ts';
import { type CardImage, createPivCard, loadCardImage, type PivProfileName, pivProfiles } from '../../../../src/simulator/card/index.ts';

/* Card images that no card of their profile can be are refused whole, with a typed error and nothing else. */

const P256 = { slot: '9A', algorithm: '11', secret: '01' };
const key = (more: object): unknown => ({ profile: 'nist', keys: [{ ...P256, ...more }] });

/** As text parsed from a file may be anything. */
const load = (image: unknown): unknown => loadCardImage(image as CardImage, systemRandom);

const ODD: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['nothing', undefined],
  ['a number', 5],
  ['a text', 'x'],
  ['a list', []],
  ['no profile', {}],
  ['an inherited name as profile', { profile: 'constructor' }],
  ['another inherited name', { profile: '__proto__' }],
  ['a profile that is no text', { profile: ['nist'] }],
  ['PIN a number', { profile: 'nist', pin: 5 }],
  ['PIN empty', { profile: 'nist', pin: '' }],
  ['PIN null', { profile: 'nist', pin: null }],
  ['PIN of nine characters', { profile: 'nist', pin: '123456789' }],
  ['global PIN a number', { profile: 'nist', globalPin: 5 }],
  ['objects a list', { profile: 'nist', objects: [] }],
  ['objects a text', { profile: 'nist', objects: 'x' }],
  ['object a number', { profile: 'nist', objects: { '5FC102': 5 } }],
  ['object null', { profile: 'nist', objects: { '5FC102': null } }],
  ['object not hexadecimal', { profile: 'nist', objects: { '5FC102': 'zz' } }],
  ['object with an odd tag', { profile: 'nist', objects: { '5FC10': '00' } }],
  ['object twice, in two spellings', { profile: 'nist', objects: { '5FC102': '00', '5fc102': '01' } }],
  ['object of 100 kB', { profile: 'nist', objects: { '5FC102': '00'.repeat(100_000) } }],
  ['object that the profile has not', { profile: 'government', objects: { '5FC110': '00' } }],
  [
    'more objects than the memory holds',
    { profile: 'yubikey-4', objects: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`5F00${10 + i}`, '00'.repeat(3000)])) },
  ],
  ['keys no list', { profile: 'nist', keys: {} }],
  ['key null', { profile: 'nist', keys: [null] }],
  ['key in 9B', key({ slot: '9B' })],
  ['key in 00', key({ slot: '00' })],
  ['key in a slot of two octets', key({ slot: '9A9A' })],
  ['slot a number', key({ slot: 154 })],
  ['key in 95 of a card with two retired slots', { profile: 'government', keys: [{ ...P256, slot: '95' }] }],
  ['attestation key of a card that attests nothing', key({ slot: 'F9' })],
  ['two keys in one slot', { profile: 'nist', keys: [P256, { ...P256, secret: '02' }] }],
  ['an algorithm that nobody has', key({ algorithm: '77' })],
  ['an algorithm that this card has not', key({ algorithm: 'E0' })],
  ['no secret', { profile: 'nist', keys: [{ slot: '9A', algorithm: '11' }] }],
  ['secret zero', key({ secret: '00' })],
  ['secret longer than the curve', key({ secret: '01'.repeat(33) })],
  ['RSA of small primes', key({ algorithm: '07', p: '03', q: '05' })],
  ['RSA without primes', key({ algorithm: '07' })],
  ['PIN policy 99', key({ pinPolicy: 99 })],
  ['PIN policy 0', key({ pinPolicy: 0 })],
  ['PIN policy a text', key({ pinPolicy: 'x' })],
  ['touch policy 4', key({ touchPolicy: 4 })],
  ['an origin that is none', key({ origin: 'found' })],
  ['serial negative', { profile: 'nist', serial: -1 }],
  ['serial of five bytes', { profile: 'nist', serial: 2 ** 32 }],
  ['serial a text', { profile: 'nist', serial: 'x' }],
  ['management key null', { profile: 'nist', managementKey: null }],
  ['management key without value', { profile: 'nist', managementKey: { algorithm: '03' } }],
  ['management key of another length', { profile: 'nist', managementKey: { algorithm: '03', key: '00' } }],
  ['management key of a cipher that this card has not', { profile: 'yubikey-4', managementKey: { algorithm: '0C', key: '00'.repeat(32) } }],
  ['management key with touch policy 9', { profile: 'nist', managementKey: { algorithm: '03', key: '01'.repeat(24), touchPolicy: 9 } }],
  ['tries null', { profile: 'nist', pinTries: null }],
  ['tries without total', { profile: 'nist', pinTries: { left: 3 } }],
  ['tries as text', { profile: 'nist', pinTries: { left: '3', total: 3 } }],
  ['more tries left than there are', { profile: 'nist', pukTries: { left: 4, total: 3 } }],
  ['no tries at all', { profile: 'nist', pinTries: { left: 0, total: 0 } }],
  ['256 tries', { profile: 'nist', globalPin: '654321', globalPinTries: { left: 1, total: 256 } }],
];

describe('a card image that a person wrote', () => {
  it.each(ODD)('%s is refused', (_name, image) => {
    expect(() => load(image)).toThrow(CodecError);
  });

  it('what a card can be is taken, and the card is so', () => {
    const image = load({
      profile: 'yubikey-5.7',
      serial: 0xffffffff,
      pin: '87654321',
      pinTries: { left: 2, total: 255 },
      globalPin: '654321',
      globalPinTries: { left: 1, total: 4 },
      managementKey: { algorithm: '0C', key: 'ab'.repeat(32), touchPolicy: 2 },
      objects: { '5fc102': '3000', '7E': '7e0100', '7F61': '7f610100' },
      keys: [
        { ...P256, pinPolicy: 3, touchPolicy: 3, origin: 'imported' },
        { slot: '95', algorithm: 'E0', secret: '05' },
      ],
    });
    expect(createPivCard({ profile: 'yubikey-5.7', image }).save()).toEqual(image);
    expect(image).toMatchObject({
      serial: 0xffffffff,
      pin: { value: '3837363534333231', left: 2, total: 255 },
      globalPin: { value: '363534333231ffff', left: 1, total: 4 },
      management: { algorithm: 0x0c, touchPolicy: 2 },
      objects: [
        [0x5fc102, '3000'],
        [0x7e, '00'],
        [0x7f61, '00'],
      ],
      keys: [
        [0xf9, {}],
        [0x9a, { pinPolicy: 3, touchPolicy: 3, origin: 2 }],
        [0x95, { algorithm: 0xe0, pinPolicy: 2, touchPolicy: 1, origin: 1 }],
      ],
    });
  });
});

describe('a card image that a card saved', () => {
  const profiles = Object.keys(pivProfiles) as PivProfileName[];

  it.each(profiles)('%s: a new card goes on where it was', (profile) => {
    const saved = createPivCard({ profile }).save();
    expect(createPivCard({ profile, image: JSON.parse(JSON.stringify(saved)) as unknown }).save()).toEqual(saved);
  });

  interface Saved {
    pin: { left: number; value: string };
    serial: number;
    management: { key: string; algorithm: number };
    objects: unknown[];
    keys: unknown[];
    symmetricCardKey: unknown;
  }
  const p256 = { algorithm: 0x11, secret: '01'.repeat(32), pinPolicy: 1, touchPolicy: 1, origin: 1 };
  it.each<readonly [string, (saved: Saved) => void]>([
    ['tries', (saved) => (saved.pin.left = 99)],
    ['PIN of one byte', (saved) => (saved.pin.value = '31')],
    ['serial', (saved) => (saved.serial = 2 ** 40)],
    ['object that is none', (saved) => saved.objects.push([1, '00'])],
    ['object that is no text', (saved) => (saved.objects = [[0x5fc102, 2]])],
    ['key without secret', (saved) => (saved.keys = [[0x9a, { ...p256, secret: '' }]])],
    ['key of an unknown algorithm', (saved) => (saved.keys = [[0x9a, { ...p256, algorithm: 0x77 }]])],
    ['key that is a secret and says RSA', (saved) => (saved.keys = [[0x9a, { ...p256, algorithm: 0x07 }]])],
    ['key in no slot', (saved) => (saved.keys = [[0x01, p256]])],
    ['key with an origin that is none', (saved) => (saved.keys = [[0x9a, { ...p256, origin: 3 }]])],
    ['key null', (saved) => (saved.keys = [[0x9a, null]])],
    ['short management key', (saved) => (saved.management.key = '00')],
    ['management cipher', (saved) => (saved.management.algorithm = 0x11)],
    ['symmetric key', (saved) => (saved.symmetricCardKey = { algorithm: 8, key: '00' })],
  ])('damaged, it is refused: %s', (_name, damage) => {
    const saved = JSON.parse(JSON.stringify(createPivCard({ profile: 'nist' }).save())) as Saved;
    expect(() => createPivCard({ profile: 'nist', image: saved })).not.toThrow();
    damage(saved);
    expect(() => createPivCard({ profile: 'nist', image: saved })).toThrow(CodecError);
  });
});
