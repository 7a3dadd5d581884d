import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createPivCard, pivProfiles, type PivProfileName } from '../../src/simulator/card/index.ts';
import { insertIntoVpcd } from './vpcd-client.ts';

/* `npm run vpcd`: the simulated card in pcscd's virtual reader, for a person with vsmartcard-vpcd installed. */

const USAGE = `The simulated PIV card as a card in pcscd's virtual reader (Debian package vsmartcard-vpcd).

  npm run vpcd -- [--profile ${Object.keys(pivProfiles).join('|')}] [--host 127.0.0.1] [--port 35963] [--state FILE]

  --profile  which card; yubikey-5.7 if not given
  --state    keeps the card's memory, private keys included, in this file; without it a new card every time`;

function fail(text: string): never {
  console.error(text);
  process.exit(1);
}

function options(): { readonly profile: PivProfileName; readonly host: string; readonly port: number; readonly state: string | undefined } {
  try {
    const { values } = parseArgs({
      options: {
        profile: { type: 'string', default: 'yubikey-5.7' },
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '35963' },
        state: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    if (!(values.profile in pivProfiles)) fail(`There is no profile "${values.profile}".\n\n${USAGE}`);
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 1 || port > 65535) fail(`The port must be a number from 1 to 65535.\n\n${USAGE}`);
    return { profile: values.profile as PivProfileName, host: values.host, port, state: values.state };
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function imageOf(file: string): unknown {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return fail(`${file} holds no card. Choose another file for --state, or remove it to start with a new card.`);
  }
}

const { profile, host, port, state } = options();
const image = state === undefined ? undefined : imageOf(state);

let card;
try {
  card = createPivCard({ profile, ...(image === undefined ? {} : { image }) });
} catch {
  fail(`${state ?? 'The state'} holds no card of the profile ${profile}. Choose its profile with --profile, or another file.`);
}

if (state !== undefined) {
  const keep = (): void => {
    writeFileSync(`${state}.new`, JSON.stringify(card.save()), { mode: 0o600 });
    renameSync(`${state}.new`, state);
  };
  card.onChange(keep);
  keep();
}

const connection = await insertIntoVpcd(card, { host, port }).catch((error: NodeJS.ErrnoException) =>
  fail(
    error.code === 'ECONNREFUSED'
      ? `Nobody listens on ${host}:${port}. Is pcscd running with the virtual reader?\n  sudo apt-get install pcscd vsmartcard-vpcd && sudo systemctl restart pcscd`
      : `No connection to ${host}:${port}: ${error.message}`,
  ),
);
console.log(`A ${profile} card is in the virtual reader at ${host}:${port}. PIN 123456, PUK 12345678, the well-known management key on a new card.`);
console.log(state === undefined ? 'Its keys are gone when you end this with Ctrl+C.' : `Its memory is kept in ${state}, private keys included.`);
process.once('SIGINT', () => connection.close());
process.once('SIGTERM', () => connection.close());
await connection.closed;
console.log('The card is out of the reader.');
