import { existsSync, readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** Files by URL path: content type and body. */
export type Files = Readonly<Record<string, readonly [type: string, body: string | Uint8Array]>>;

export interface TestServer {
  /** http://localhost:<port>: a secure context, and a place that an Isolated Web App in developer mode can be installed from. */
  readonly origin: string;
  close(): void;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
};

/** A folder as a source of files; index.html stands for a folder. */
export function folderFiles(folder: string): (urlPath: string) => readonly [string, Uint8Array] | null {
  return (urlPath) => {
    const wanted = path.join(folder, path.posix.normalize(decodeURIComponent(urlPath)));
    const file = existsSync(wanted) && statSync(wanted).isDirectory() ? path.join(wanted, 'index.html') : wanted;
    if (!file.startsWith(folder) || !existsSync(file)) return null;
    return [types[path.extname(file)] ?? 'application/octet-stream', readFileSync(file)];
  };
}

/** Serves files with the headers that cross-origin isolation needs. */
export function serve(find: Files | ((urlPath: string) => readonly [string, string | Uint8Array] | null)): Promise<TestServer> {
  const look = typeof find === 'function' ? find : (urlPath: string) => find[urlPath] ?? null;
  const server = http.createServer((request, response) => {
    const file = look(new URL(request.url ?? '/', 'http://localhost').pathname);
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    response.setHeader('cross-origin-resource-policy', 'same-origin');
    if (file === null) {
      response.statusCode = 404;
      response.end();
      return;
    }
    response.setHeader('content-type', file[0]);
    response.end(file[1]);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve({
        origin: `http://localhost:${(server.address() as AddressInfo).port}`,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
