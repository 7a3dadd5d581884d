// Size locks: minified and gzipped, static imports only. What is loaded when it is asked for does not count, and is printed beside.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './install.mjs';

/** A module that uses exactly these names: what a page that imports them loads before anything is done with them. */
function source(imports) {
  return Object.entries(imports)
    .map(([folder, names]) => {
      const file = JSON.stringify(path.join(root, 'src', folder.endsWith('.ts') ? folder : `${folder}/index.ts`));
      return names.length === 0 ? `import ${file};` : `export { ${names.join(', ')} } from ${file};`;
    })
    .join('\n');
}

/** Bytes of the entry chunk and of every chunk it imports statically. */
export async function measure({ imports, external = [] }) {
  const id = 'virtual:measured';
  const bundle = await rolldown({
    input: id,
    cwd: root,
    external,
    logLevel: 'silent',
    preserveEntrySignatures: 'strict',
    plugins: [
      {
        name: 'measured-entry',
        resolveId: (name) => (name === id ? id : null),
        load: (name) => (name === id ? { code: source(imports), moduleSideEffects: true } : null),
      },
    ],
  });
  const result = await bundle.generate({ format: 'es', minify: true });
  await bundle.close();
  const chunks = new Map(result.output.filter((item) => item.type === 'chunk').map((chunk) => [chunk.fileName, chunk]));
  const seen = new Set();
  const walk = (name) => {
    const chunk = chunks.get(name);
    if (chunk === undefined || seen.has(name)) return;
    seen.add(name);
    chunk.imports.forEach(walk);
  };
  for (const chunk of chunks.values()) if (chunk.isEntry) walk(chunk.fileName);
  const gzipOf = (names) => gzipSync(names.map((name) => chunks.get(name).code).join('\n'), { level: 9 }).length;
  const first = [...seen];
  const minifiedBytes = first.reduce((sum, name) => sum + Buffer.byteLength(chunks.get(name).code), 0);
  return { minifiedBytes, gzipBytes: gzipOf(first), laterGzipBytes: gzipOf([...chunks.keys()]) - gzipOf(first) };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const locks = JSON.parse(readFileSync(path.join(root, '.config', 'sizes.json'), 'utf8'));
  let failed = 0;
  for (const [name, lock] of Object.entries(locks)) {
    const { minifiedBytes, gzipBytes, laterGzipBytes } = await measure(lock);
    const ok = gzipBytes <= lock.maxGzipBytes;
    if (!ok) failed++;
    console.log(
      `${ok ? '  ' : '! '}${name}: ${(gzipBytes / 1024).toFixed(1)} kB gzip (${(minifiedBytes / 1024).toFixed(1)} kB minified), lock ${(lock.maxGzipBytes / 1024).toFixed(1)} kB; ${(laterGzipBytes / 1024).toFixed(1)} kB more when asked for`,
    );
  }
  // A lock that can't fail protects nothing: the smallest part must exceed a budget of one byte.
  const { gzipBytes } = await measure({ imports: { codec: ['toHex'] } });
  if (!(gzipBytes > 1)) failed++;
  process.exit(failed === 0 ? 0 : 1);
}
