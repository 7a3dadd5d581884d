import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { type Bytes, concat, copy } from '../../src/codec/index.ts';
import {
  USBIP_HEADER_BYTES,
  decodeCommand,
  encodeSubmitReply,
  encodeUnlinkReply,
  type TransferHandle,
  type TransferResult,
  type UsbDevice,
  type UsbipSubmit,
} from '../../src/simulator/usb/index.ts';

/** Time between the failing of pending transfers and the news that the device is gone, as a kernel leaves it. */
const unplugGapMs = 20;

export interface PlugOptions {
  /** Kernel drivers that hold interfaces, by number. */
  readonly drivers?: Readonly<Record<number, string>>;
  /** Ends a transfer with the last full packet of a message: the empty packet behind it comes as a transfer of its own. */
  readonly emptyPacketApart?: boolean;
}

interface Plugged {
  readonly emptyPacketApart: boolean;
  readonly device: UsbDevice;
  readonly number: number;
  readonly connections: Set<net.Socket>;
  /** Octets that each completed transfer moved, by endpoint address; 0 is the control pipe. */
  readonly transfers: Map<number, number[]>;
  readonly unsubscribe: () => void;
}

/**
 * A USB bus behind a Unix socket for the preload library fakeusb.c. Three kinds of client, told by their first line:
 * "LIST" answers the bus ids, "WATCH" is told of arrivals and departures, "IMPORT <bus id>" exchanges USB/IP frames.
 * Attribute files that stand for sysfs lie in the folder `sys`.
 */
export class Bus {
  readonly folder: string;
  readonly socketPath: string;
  readonly #server: net.Server;
  readonly #plugged = new Map<string, Plugged>();
  readonly #watchers = new Set<net.Socket>();
  readonly #sockets = new Set<net.Socket>();
  #nextNumber = 2;

  private constructor(folder: string) {
    this.folder = folder;
    this.socketPath = path.join(folder, 'socket');
    mkdirSync(path.join(folder, 'sys'), { recursive: true });
    mkdirSync(path.join(folder, 'num'), { recursive: true });
    this.#server = net.createServer((socket) => this.#client(socket));
  }

  static open(folder: string): Promise<Bus> {
    const bus = new Bus(folder);
    return new Promise((resolve, reject) => {
      bus.#server.once('error', reject);
      bus.#server.listen(bus.socketPath, () => resolve(bus));
    });
  }

  /** Puts a device on the bus; answers its device number. */
  plug(busId: string, device: UsbDevice, { drivers = {}, emptyPacketApart = false }: PlugOptions = {}): number {
    const number = this.#nextNumber++;
    this.#describe(busId, device, number, drivers);
    device.plug();
    const unsubscribe = device.onPlugChange((plugged) => {
      if (!plugged) this.#left(busId);
    });
    this.#plugged.set(busId, { device, number, emptyPacketApart, connections: new Set(), transfers: new Map(), unsubscribe });
    for (const watcher of this.#watchers) watcher.write(`add ${busId}\n`);
    return number;
  }

  unplug(busId: string): void {
    this.#plugged.get(busId)?.device.unplug();
  }

  /** Octets that each completed transfer on one endpoint moved since the device was plugged; 0 is the control pipe. */
  transfers(busId: string, address: number): readonly number[] {
    return this.#plugged.get(busId)?.transfers.get(address) ?? [];
  }

  close(): void {
    for (const { unsubscribe } of this.#plugged.values()) unsubscribe();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #describe(busId: string, device: UsbDevice, number: number, drivers: Readonly<Record<number, string>>): void {
    const folder = path.join(this.folder, 'sys', busId);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const { options } = device;
    writeFileSync(path.join(folder, 'descriptors'), concat(device.deviceDescriptor, device.configurationDescriptor));
    const hex4 = (value: number): string => value.toString(16).padStart(4, '0');
    const attributes: Record<string, string | number | null | undefined> = {
      manufacturer: options.manufacturerName,
      product: options.productName,
      serial: options.serialNumber,
      idVendor: hex4(options.vendorId),
      idProduct: hex4(options.productId),
      bConfigurationValue: 1,
      busnum: 1,
      devnum: number,
      speed: 12,
    };
    for (const [ifno, name] of Object.entries(drivers)) attributes[`driver.${ifno}`] = name;
    for (const [name, value] of Object.entries(attributes))
      if (value !== null && value !== undefined) writeFileSync(path.join(folder, name), `${value}\n`);
    const numbers = path.join(this.folder, 'num');
    for (const file of readdirSync(numbers)) if (readFileSync(path.join(numbers, file), 'utf8').trim() === busId) rmSync(path.join(numbers, file));
    writeFileSync(path.join(numbers, `001-${String(number).padStart(3, '0')}`), `${busId}\n`);
  }

  #left(busId: string): void {
    const gone = this.#plugged.get(busId);
    if (gone === undefined) return;
    this.#plugged.delete(busId);
    gone.unsubscribe();
    for (const socket of gone.connections) socket.end();
    setTimeout(() => {
      for (const watcher of this.#watchers) watcher.write(`remove ${busId}\n`);
    }, unplugGapMs);
  }

  #client(socket: net.Socket): void {
    this.#sockets.add(socket);
    let received: Bytes = new Uint8Array(0);
    let frames: ((data: Bytes) => Bytes) | null = null;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#watchers.delete(socket);
    });
    socket.on('data', (chunk) => {
      received = received.length === 0 ? copy(chunk) : concat(received, chunk);
      if (frames === null) {
        const end = received.indexOf(10);
        if (end < 0) return;
        const [verb, busId = ''] = new TextDecoder().decode(received.slice(0, end)).split(' ');
        received = received.slice(end + 1);
        if (verb === 'LIST') {
          socket.end([...this.#plugged.keys()].map((id) => `add ${id}\n`).join('') + '\n');
          return;
        }
        if (verb === 'WATCH') {
          this.#watchers.add(socket);
          return;
        }
        const plugged = this.#plugged.get(busId);
        if (verb !== 'IMPORT' || plugged === undefined) {
          socket.end('no\n');
          return;
        }
        frames = imported(socket, plugged);
        socket.write('ok\n');
      }
      received = frames(received);
    });
  }
}

/** Serves USB/IP frames on one connection: takes what has come, answers what is left over. */
function imported(socket: net.Socket, { device, connections, transfers, emptyPacketApart }: Plugged): (data: Bytes) => Bytes {
  const pending = new Map<number, TransferHandle>();
  /** Endpoints with an empty packet to come. */
  const apart = new Set<number>();
  connections.add(socket);
  socket.on('close', () => {
    connections.delete(socket);
    for (const handle of pending.values()) handle.cancel();
  });
  const send = (data: Bytes): void => {
    if (socket.writable) socket.write(data);
  };
  const submit = (command: UsbipSubmit): void => {
    const { seqnum, address, setup } = command;
    const complete = ({ status, data, actualBytes }: TransferResult): void => {
      pending.delete(seqnum);
      if (status === 'completed') {
        const moved = transfers.get(address) ?? [];
        transfers.set(address, moved);
        moved.push(actualBytes);
      }
      if (status !== 'cancelled') send(encodeSubmitReply(seqnum, status, data, actualBytes));
    };
    if (address === 0) {
      const view = new DataView(setup.buffer, setup.byteOffset);
      const packet = {
        bmRequestType: view.getUint8(0),
        bRequest: view.getUint8(1),
        wValue: view.getUint16(2, true),
        wIndex: view.getUint16(4, true),
      };
      // SET_FEATURE(PORT_RESET) to a hub port is how USB/IP carries a reset.
      if (packet.bmRequestType === 0x23 && packet.bRequest === 3) {
        device.reset();
        complete({ status: 'completed', data: new Uint8Array(0), actualBytes: 0 });
      } else device.submitControl(packet, command.data, command.lengthBytes, complete);
    } else if (command.isIn && apart.delete(address)) complete({ status: 'completed', data: new Uint8Array(0), actualBytes: 0 });
    else if (command.isIn) {
      let over = false;
      const handle = device.submitIn(address, command.lengthBytes, (result) => {
        over = true;
        // Full packets that do not fill the transfer: an empty one ended it.
        if (emptyPacketApart && result.actualBytes > 0 && result.actualBytes % 64 === 0 && result.actualBytes < command.lengthBytes)
          apart.add(address);
        complete(result);
      });
      if (!over) pending.set(seqnum, handle);
    } else device.submitOut(address, command.data, complete);
  };
  return (data) => {
    let rest = data;
    while (rest.length >= USBIP_HEADER_BYTES) {
      const next = decodeCommand(rest);
      if (next === null) break;
      rest = rest.slice(next.bytes);
      if (next.command.kind === 'submit') submit(next.command);
      else {
        const { seqnum, victim } = next.command;
        const handle = pending.get(victim);
        pending.delete(victim);
        send(encodeUnlinkReply(seqnum, victim, handle?.cancel() ?? false));
      }
    }
    return rest;
  };
}
