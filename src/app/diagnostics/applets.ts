import type { CardTransaction } from '../../channel/types.ts';
import { fromHex, toHex } from '../../codec/hex.ts';
import { encodeCommand, parseResponse, statusOf } from '../../iso7816/index.ts';
import type { AppletKey, AppletReport } from './state.ts';

/*
 * Which applications a card has. The one place of app/ that makes APDUs: SELECT by name and nothing else, which changes nothing on a
 * card but what is selected. Whoever comes next selects anew.
 */

/**
 * Names, without the octets that differ between versions (ISO/IEC 7816-4, 5.3.1.2: a card takes a name cut on the right).
 * PIV: SP 800-73-4 part 1, 2.2. GIDS and smart card plug and play: minidriver specification, D.2 and D.3. OpenPGP: card 3.4.1, 4.2.1.
 */
const APPLETS: Readonly<Record<AppletKey, string>> = {
  piv: 'a00000030800001000',
  gids: 'a00000039742544659',
  openpgp: 'd27600012401',
  'plug-and-play': 'a0000003974349445f0100',
};

/** Refusals that say: no such application. Cards without SELECT by name say that they do not know the instruction or its parameters. */
const ABSENT: ReadonlySet<number> = new Set([0x6a82, 0x6a81, 0x6a86, 0x6a87, 0x6d00, 0x6e00]);

function stateOf(sw: number): AppletReport['state'] {
  const { kind } = statusOf(sw);
  // 62xx and 63xx: a deactivated or terminated application is none that can be used, and is there.
  if (kind === 'done') return 'found';
  return ABSENT.has(sw) ? 'absent' : 'unclear';
}

async function probe(card: CardTransaction, key: AppletKey): Promise<AppletReport> {
  const aid = fromHex(APPLETS[key]);
  // SELECT, P1 = 04 by name, P2 = 00 first occurrence with FCI (ISO/IEC 7816-4, 11.2.2), Le = 00.
  const select = encodeCommand({ cla: 0x00, ins: 0xa4, p1: 0x04, p2: 0x00, data: aid, ne: 256 }, 'short');
  const { sw } = parseResponse(await card.transmit(select));
  return { key, aid: toHex(aid), state: stateOf(sw), sw };
}

/** Asks for each application that this program has a name for. @throws ChannelError, Iso7816Error */
export async function probeApplets(card: CardTransaction): Promise<readonly AppletReport[]> {
  const found: AppletReport[] = [];
  for (const key of Object.keys(APPLETS) as AppletKey[]) found.push(await probe(card, key));
  return found;
}
