// npm run build:iwa: the pages as an Isolated Web App. dist/iwa serves the dev-mode proxy; dist/web-minidriver.swbn is the signed bundle.
// IWA_KEY names a PEM file with an Ed25519 private key; without it a throw-away key signs, good for a look at the format only.
import { createHash, createPrivateKey, generateKeyPairSync, verify } from 'node:crypto';
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Bundle, BundleBuilder } from 'wbn';
import { IntegrityBlockSigner, NodeCryptoSigningStrategy, WebBundleId } from 'wbn-sign';
import { installPackages, root, tool } from './install.mjs';

installPackages();
const { buildWasm } = await import('./wasm.mjs');
await buildWasm();
if (tool('vite', ['build', '--logLevel', 'warn']) !== 0) process.exit(1);
const pages = path.join(root, 'dist', 'pages');
const proxy = path.join(root, 'dist', 'iwa');
rmSync(proxy, { recursive: true, force: true });
cpSync(pages, proxy, { recursive: true });
if (!existsSync(path.join(proxy, '.well-known', 'manifest.webmanifest'))) throw new Error('the pages hold no .well-known/manifest.webmanifest');

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain',
  '.json': 'application/json',
};
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy':
    "base-uri 'none'; default-src 'self'; object-src 'none'; frame-src 'self' https: blob: data:; connect-src 'self' https: wss: blob: data:; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' https: blob: data:; media-src 'self' https: blob: data:; font-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; require-trusted-types-for 'script'; frame-ancestors 'self';",
};
const key = process.env.IWA_KEY === undefined ? generateKeyPairSync('ed25519').privateKey : createPrivateKey(readFileSync(process.env.IWA_KEY));
const id = new WebBundleId(key).serialize();
const origin = `isolated-app://${id}`;
const builder = new BundleBuilder('b2');
let count = 0;
for (const entry of readdirSync(proxy, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const file = path.join(entry.parentPath, entry.name);
  const at = `/${path.relative(proxy, file).split(path.sep).join('/')}`;
  const type = types[path.extname(file)];
  if (type === undefined) throw new Error(`no content type is known for ${at}`);
  builder.addExchange(origin + at.replace(/\/index\.html$/, '/'), 200, { 'content-type': type, ...headers }, readFileSync(file));
  count += 1;
}
const unsigned = builder.createBundle();

/** Signs, and keeps what was signed so that the file on disk can be held against it. */
const inner = new NodeCryptoSigningStrategy(key);
const signed = {};
const strategy = {
  getPublicKey: () => inner.getPublicKey(),
  sign: async (data) => Object.assign(signed, { data, signature: await inner.sign(data), publicKey: await inner.getPublicKey() }).signature,
};
const { signedWebBundle } = await new IntegrityBlockSigner(unsigned, id, [strategy]).sign();
const out = path.join(root, 'dist', 'web-minidriver.swbn');
writeFileSync(out, signedWebBundle);

/** True when the bytes are a bundle whose signature covers its content: Node's own Ed25519 and SHA-512 judge. */
function covers(file) {
  const content = file.subarray(file.length - unsigned.length);
  const hash = createHash('sha512').update(content).digest();
  return (
    Buffer.from(signed.data).includes(hash) &&
    verify(null, signed.data, signed.publicKey, signed.signature) &&
    file.includes(signed.signature) &&
    file.includes(id)
  );
}
const written = readFileSync(out);
const tampered = Buffer.from(written);
tampered[tampered.length - 100] ^= 1;
if (!covers(written)) throw new Error('the signature does not cover the bundle that was written');
if (covers(tampered)) throw new Error('a changed bundle passes the signature check');
if (!new Bundle(unsigned).urls.includes(`${origin}/`)) throw new Error('the bundle holds no start page');
console.log(`dist/iwa: ${count} files, a folder for the dev-mode proxy (serve it with npm start)`);
console.log(`dist/web-minidriver.swbn: ${signedWebBundle.length} bytes, ${origin}/${process.env.IWA_KEY === undefined ? ' (throw-away key)' : ''}`);
