import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesUnder, root, textOf } from './sources.ts';

/** The top level, fixed: what may stand beside the folders. */
const topLevel = [
  'package.json',
  'tsconfig.json',
  'vite.config.ts',
  'src',
  'web',
  'test',
  'public',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'SECURITY.md',
  'package-lock.json',
  '.gitignore',
  '.ci',
  '.config',
];
const notOurs = ['.git', 'node_modules', 'dist'];

const stray = (names: readonly string[]): string[] => names.filter((name) => !topLevel.includes(name) && !notOurs.includes(name));

/** Only this file names navigator; only these call WebUSB's transfers. */
const rules: readonly { readonly what: string; readonly pattern: RegExp; readonly only: RegExp }[] = [
  { what: 'transferIn/transferOut', pattern: /\.\s*transfer(In|Out)\s*\(/, only: /^src\/usb\/[\w-]+\.ts$/ },
  {
    what: 'navigator',
    pattern: /\bnavigator\s*(?:\?\.|\.(?!ts\b)|\[)/,
    only: /^src\/(usb\/navigator\.ts|channel\/web-smart-card[\w-]*\.ts|ui\/.*)$/,
  },
  { what: 'console', pattern: /\bconsole\s*\./, only: /^$/ },
];

const withoutComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
const broken = (file: string, source: string): string[] =>
  rules.filter((rule) => rule.pattern.test(withoutComments(source)) && !rule.only.test(file)).map((rule) => `${file}: ${rule.what}`);

/** An APDU built above the card families: a byte list that starts like a command header, or the codec that makes one. */
const buildsApdu = (source: string): boolean => /\b(encodeCommand|transmit)\s*\(/.test(withoutComments(source));

describe('house rules', () => {
  it('the top level is the agreed list', () => {
    expect(stray(readdirSync(root))).toEqual([]);
    for (const name of topLevel) expect(existsSync(path.join(root, name)), name).toBe(true);
    expect(stray(['docs', 'src'])).toEqual(['docs']);
  });

  it('the page and WebUSB are touched in one place each', () => {
    expect(filesUnder('src').flatMap((file) => broken(file, textOf(file)))).toEqual([]);
    expect(broken('src/ccid/x.ts', 'device.transferIn(1, 2)')).toHaveLength(1);
    expect(broken('src/piv/x.ts', 'navigator.usb')).toHaveLength(1);
  });

  it('app/ and ui/ build and send no APDU but the probe of applets', () => {
    const files = [...filesUnder('src/app'), ...filesUnder('src/ui')].filter((file) => !file.startsWith('src/app/diagnostics/applets'));
    expect(files.filter((file) => buildsApdu(textOf(file)))).toEqual([]);
    expect(buildsApdu('await card.transmit(x)')).toBe(true);
  });

  it('no left-over marks, no switched-off checks', () => {
    const marks = /TODO|FIXME|HACK|XXX|eslint-disable|@ts-(ignore|expect-error|nocheck)|\b(it|describe|test)\.(only|todo)\b/;
    const files = [...filesUnder('src'), ...filesUnder('web'), ...filesUnder('test')].filter((file) => file !== 'test/arch/house.test.ts');
    expect(files.filter((file) => marks.test(textOf(file)))).toEqual([]);
    expect(marks.test('// TODO later')).toBe(true);
  });

  it('files stay small: none over 400 lines in src/ and web/', () => {
    const lines = (file: string): number => textOf(file).split('\n').length;
    const long = [...filesUnder('src'), ...filesUnder('web')].filter((file) => lines(file) > 401 && !/ui\/messages\/(en|de)/.test(file));
    expect(long.map((file) => `${file}: ${lines(file)}`)).toEqual([]);
  });

  it('the lock file and the tracked files name no address of a registry and no place of one machine', () => {
    expect(/"resolved":\s*"http/.test(textOf('package-lock.json'))).toBe(false);
    const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
    const bad = /\/work\/(main|shared)|\/root\/|registry\.npm|deb\.debian\.org/;
    const own = ['test/arch/house.test.ts'];
    const offenders = tracked.filter(
      (file) =>
        !own.includes(file) &&
        /\.(ts|mjs|json|md|html|css|c|sh|webmanifest)$/.test(file) &&
        existsSync(path.join(root, file)) &&
        bad.test(textOf(file)),
    );
    expect(offenders).toEqual([]);
    expect(bad.test('see /work/' + 'main/src')).toBe(true);
  });
});
