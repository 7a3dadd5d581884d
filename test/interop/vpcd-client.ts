import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { copy } from '../../src/codec/index.ts';
import type { SimulatedCard } from '../../src/simulator/smart-card.ts';
import { obeyVpcd, VpcdMessages } from '../../src/simulator/vpcd.ts';

export interface VpcdConnection {
  /** Resolves when vpcd or this side ended the connection. */
  readonly closed: Promise<void>;
  /** Takes the card out of the virtual reader. */
  close(): void;
}

export interface VpcdAddress {
  readonly host: string;
  readonly port: number;
  /** How long to try while nobody listens, in milliseconds. */
  readonly waitMs?: number;
}

async function open({ host, port, waitMs = 0 }: VpcdAddress): Promise<Socket> {
  const until = Date.now() + waitMs;
  for (;;) {
    const socket = connect({ host, port });
    try {
      await once(socket, 'connect');
      socket.setNoDelay(true);
      return socket;
    } catch (error) {
      socket.destroy();
      if (Date.now() >= until) throw error;
      await sleep(100);
    }
  }
}

/** Puts a card into vpcd's reader. @throws the socket's error when nobody listens */
export async function insertIntoVpcd(card: SimulatedCard, address: VpcdAddress): Promise<VpcdConnection> {
  const socket = await open(address);
  const messages = new VpcdMessages();
  // One after the other: an order that arrives while the card works waits for its answer.
  let queue = Promise.resolve();
  socket.on('data', (chunk: Buffer) => {
    for (const message of messages.push(copy(chunk))) {
      queue = queue.then(async () => {
        const answer = await obeyVpcd(card, message);
        if (answer !== undefined && !socket.destroyed) socket.write(answer);
      });
    }
  });
  socket.on('error', () => socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return { closed, close: () => socket.destroy() };
}
