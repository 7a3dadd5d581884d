import { webCryptoGenerateRsa } from '../../src/simulator/card/rsa-engine.ts';

/** Makes RSA keys for the simulated card away from the page: a number of bits comes in, a key or an error's text goes out. */
addEventListener('message', (event: MessageEvent<number>) => {
  webCryptoGenerateRsa(event.data).then(
    (key) => postMessage({ key }),
    (error: unknown) => postMessage({ failure: error instanceof Error ? error.name : 'Error' }),
  );
});
