import type { GenerateRsa, RsaPrivateKey } from '../../src/simulator/index.ts';
import { trustedScript } from '../page/trusted-script.ts';
import workerAddress from './rsa-worker.ts?worker&url';

interface Answer {
  readonly key?: RsaPrivateKey;
  readonly failure?: string;
}

/** RSA key generation in a worker of its own, ended afterwards with everything it knew: RSA-4096 takes seconds, and the page goes on. */
export const generateRsaInWorker: GenerateRsa = (modulusBits) => {
  const worker = new Worker(trustedScript(workerAddress), { type: 'module' });
  return new Promise<RsaPrivateKey>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.key === undefined) reject(new Error(`no key was made: ${data.failure ?? 'Error'}`));
      else resolve(data.key);
    };
    worker.onerror = () => reject(new Error('the key generator did not start'));
    worker.postMessage(modulusBits);
  }).finally(() => worker.terminate());
};
