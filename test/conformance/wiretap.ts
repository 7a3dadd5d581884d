import { toHex } from '../../src/codec/index.ts';
import type { SimulatedUsb } from '../../src/simulator/index.ts';

/** What a host sent: one CCID message in hexadecimal, cut where its parts begin. */
export interface Sent {
  readonly bMessageType: number;
  /** bPowerSelect, bBWI or bProtocolNum. */
  readonly byte7: number;
  readonly abData: string;
}

/** Every message on the bulk OUT endpoint of the one device, as the driver sends it; the list grows. */
export async function wiretap(usb: SimulatedUsb): Promise<readonly Sent[]> {
  const [device] = await usb.getDevices();
  if (device === undefined) throw new Error('no device');
  const sent: Sent[] = [];
  const out = device.transferOut.bind(device);
  device.transferOut = async (endpoint, data) => {
    // The driver wipes its messages: a copy is kept.
    const message = data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    sent.push({ bMessageType: message[0] ?? 0, byte7: message[7] ?? 0, abData: toHex(message.slice(10)) });
    return out(endpoint, data);
  };
  return sent;
}
