/* Defects that the tests of constant time plant in the core's sources, and must catch. Each leaves the results right. */

/** Extra work when a window of the exponent is zero: the result stays right, the trace depends on the exponent. */
export const leakWindow = (source: string, file: string): string =>
  file.startsWith('rsa-')
    ? source.replace(
        /lookUp\(Z, window5\((\w+), length, w\)[^;]*;\n\s*mul\(r, r, Z, f\);/,
        (all, name: string) => `${all}\n    if (window5(${name}, length, w) === 0) sqr(Z, Z, f);`,
      )
    : source;
/** A look-up that reads one entry only. */
export const leakAddress = (source: string, file: string): string =>
  file === 'rsa-scalar.ts' ? source.replace('for (let k: u32 = 0; k < 32; k += 4) {', 'for (let k: u32 = index & 28; k <= index; k += 4) {') : source;

/** A look-up whose addresses take bits of the index that are never set: no sample shows it, whoever changes the window would. */
export const leakEntry = (source: string, file: string): string =>
  file === 'rsa-scalar.ts' ? source.replace('TABLE + <usize>k * 640', 'TABLE + <usize>(k + (index >> 5)) * 640') : source;

/** Stops at the separator. */
export const leakStop = (source: string, file: string): string =>
  file === 'unpad.ts' ? source.replaceAll('    found |= here;\n', '    found |= here;\n    if (here !== 0) break;\n') : source;
/** Reads from where the message starts. */
export const leakStart = (source: string, file: string): string =>
  file === 'unpad.ts' ? source.replace('const stay = octet(IO_OUT, i);', 'const stay = octet(IO_OUT, i) + (octet(IO_OUT, <i32>count) & 0);') : source;
/** Other work for one window in a thousand million: no sample of keys would show it. */
export const leakRarely = (source: string, file: string): string =>
  file === 'rsa-scalar.ts'
    ? source.replace(
        'lookUp(Z, window5(exponent, length, w), n);',
        '$&\n    if (load<u32>(exponent + <usize>(length - 4)) === 0x12345678) sqr(Z, Z, f);',
      )
    : source;
/** A division by a limb. */
export const divide = (source: string, file: string): string =>
  file === 'scalar-kernel.ts' ? source.replace('const d = <i32>x -', 'const d = <i32>x / (borrow | 1) -') : source;
/** A select by the verdict. */
export const choose = (source: string, file: string): string =>
  file === 'rsa-scalar.ts' ? source.replace('const mask = <u8>(0 - good);', 'const mask: u8 = select<u8>(255, 0, good === 1);') : source;
