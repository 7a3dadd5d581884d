// npm start: on a fresh clone too. Installs, builds and serves the pages, and says how to get to a real reader.
import path from 'node:path';
import { installPackages, root, tool } from './install.mjs';

installPackages();
const { buildWasm } = await import('./wasm.mjs');
await buildWasm();
if (tool('vite', ['build', '--logLevel', 'warn']) !== 0) process.exit(1);
const { preview } = await import('vite');
const port = Number(process.env.PORT ?? 8443);
const server = await preview({ configFile: path.join(root, 'vite.config.ts'), preview: { port, strictPort: false } });
const address = (server.resolvedUrls?.local[0] ?? `http://localhost:${port}/`).replace(/\/$/, '');
console.log(`
web-minidriver is at ${address}/

  Enroll       ${address}/enroll.html        works at once: press "Use the simulated reader"
  Diagnose     ${address}/diagnostics.html

A real reader
  Vendor-class readers (USB class FF) work from this page as it is, where no driver of the system holds them.
  Standard readers (USB class 0B) are closed to ordinary pages. In Chromium, for evaluation:
    1. open chrome://flags, enable "Isolated Web Apps" and "Isolated Web App Developer Mode", restart the browser;
    2. open chrome://web-app-internals, and under "Install IWA via Dev Mode Proxy" give ${address}/ ;
    3. Linux: stop pcscd while you use it (systemctl stop pcscd.socket pcscd). Windows: bind the reader to WinUSB.

Stop with Ctrl+C.`);
