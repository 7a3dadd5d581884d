import { expect } from 'vitest';
import { createDiagnosticsFlow } from '../../src/app/diagnostics/flow.ts';
import { CardContainers } from '../../src/app/containers/index.ts';
import { createWebUsbSource } from '../../src/channel/index.ts';
import { fromHex } from '../../src/codec/hex.ts';
import * as m from '../../src/minidriver/index.ts';
import { openPivEdge } from '../../src/piv/card-edge.ts';
import { typedManagementKey } from '../../src/piv/management.ts';
import { createPivCard, createSimulatedReader, createSimulatedUsb, type PivProfileName, pivProfiles } from '../../src/simulator/index.ts';
import { terminal } from '../unit/piv/transactions.ts';
import { openPage } from './driver-setup.ts';
import { FACTORY, issuedImage } from './piv-issued.ts';
import { recordedCard, type RecordedCard } from './piv-recorder.ts';

/* Flows that read a card, each with the recorder at the card. */

export const profiles = Object.keys(pivProfiles) as PivProfileName[];

/** Four certificates of about a kilobyte on it. */
export async function issued(profile: PivProfileName): Promise<RecordedCard> {
  return recordedCard(createPivCard({ profile, image: await issuedImage(profile), extendedLength: false }));
}

export async function diagnosed(card: RecordedCard): Promise<void> {
  const usb = createSimulatedUsb([createSimulatedReader({ cards: [card] }).device]);
  const flow = createDiagnosticsFlow({ openSources: (trace) => [createWebUsbSource({ usb, environment: openPage, simulated: true, trace })] });
  await flow.look();
  const { state } = flow;
  if (state.kind !== 'ready' || state.readers[0] === undefined) throw new Error(`no reader: ${state.kind}`);
  await flow.test(state.readers[0].info.id);
  const after = flow.state;
  const report = after.kind === 'ready' ? after.selected?.slots[0]?.card : undefined;
  expect(report?.card?.places.filter((place) => place.hasCertificate)).toHaveLength(4);
  await flow.release();
}

/** A minidriver context over the card, with the management key when it may write. */
export async function acquired(card: RecordedCard, writes: boolean): Promise<m.CARD_DATA<ReturnType<typeof terminal>>> {
  const module = m.createCardModule<ReturnType<typeof terminal>>(openPivEdge, {
    ...(writes ? { managementKey: () => typedManagementKey(fromHex(FACTORY)) } : {}),
  });
  const data = m.newCardData({ pbAtr: card.atr, hScard: terminal(card), pwszCardName: 'card' });
  await module.CardAcquireContext(data, 0);
  return data;
}

export async function readByMinidriver(card: RecordedCard): Promise<void> {
  const data = await acquired(card, false);
  await data.CardQueryCapabilities({ dwVersion: 1 });
  for (const property of [m.CP_CARD_GUID, m.CP_CARD_READ_ONLY, m.CP_CARD_AUTHENTICATED_STATE] as const) await data.CardGetProperty(property, 0);
  await data.CardGetProperty(m.CP_CARD_PIN_INFO, m.ROLE_USER);
  await data.CardReadFile(m.szBASE_CSP_DIR, m.szCONTAINER_MAP_FILE, 0);
  await data.CardReadFile(null, 'cardid', 0);
  await data.CardEnumFiles(m.szBASE_CSP_DIR, 0);
  const containers = await new CardContainers(data).list();
  expect(containers).toHaveLength(4);
  for (const container of containers) expect(await container.certificate()).toBeDefined();
  await data.CardDeauthenticateEx(m.PIN_SET_ALL_ROLES, 0);
  await data.CardDeleteContext();
}
