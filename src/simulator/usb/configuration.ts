import { DESCRIPTOR } from './descriptors.ts';

/** Data shapes of WebUSB's configuration tree; `claimed` changes with the device's state. */
export interface SimulatedEndpoint {
  readonly endpointNumber: number;
  readonly direction: USBDirection;
  readonly type: USBEndpointType;
  readonly packetSize: number;
}

export interface SimulatedAlternate {
  readonly alternateSetting: number;
  readonly interfaceClass: number;
  readonly interfaceSubclass: number;
  readonly interfaceProtocol: number;
  readonly interfaceName: string | null;
  readonly endpoints: SimulatedEndpoint[];
}

export interface SimulatedInterface {
  readonly interfaceNumber: number;
  alternate: SimulatedAlternate;
  readonly alternates: SimulatedAlternate[];
  claimed: boolean;
}

export interface SimulatedConfiguration {
  readonly configurationValue: number;
  readonly configurationName: string | null;
  readonly interfaces: SimulatedInterface[];
}

const transferTypes = ['control', 'isochronous', 'bulk', 'interrupt'] as const;

/** The tree a host makes of a configuration descriptor (USB 2.0, 9.6.3 to 9.6.6). Descriptors it can't read are skipped, as hosts do. */
export function configurationTree(source: Uint8Array): SimulatedConfiguration | null {
  const octet = (at: number): number => source[at] ?? 0;
  if (source.length < 9 || octet(1) !== DESCRIPTOR.CONFIGURATION) return null;
  const configuration: SimulatedConfiguration = { configurationValue: octet(5), configurationName: null, interfaces: [] };
  let alternate: SimulatedAlternate | undefined;
  for (let at = octet(0); at + 2 <= source.length; at += octet(at)) {
    const length = octet(at);
    if (length < 2 || at + length > source.length) break;
    if (octet(at + 1) === DESCRIPTOR.INTERFACE && length >= 9) {
      alternate = {
        alternateSetting: octet(at + 3),
        interfaceClass: octet(at + 5),
        interfaceSubclass: octet(at + 6),
        interfaceProtocol: octet(at + 7),
        interfaceName: null,
        endpoints: [],
      };
      const interfaceNumber = octet(at + 2);
      const known = configuration.interfaces.find((item) => item.interfaceNumber === interfaceNumber);
      if (known === undefined) configuration.interfaces.push({ interfaceNumber, alternate, alternates: [alternate], claimed: false });
      else known.alternates.push(alternate);
    } else if (octet(at + 1) === DESCRIPTOR.ENDPOINT && length >= 7 && alternate !== undefined) {
      const type = transferTypes[octet(at + 3) & 3];
      if (type === undefined || type === 'control') continue;
      alternate.endpoints.push({
        endpointNumber: octet(at + 2) & 15,
        direction: (octet(at + 2) & 0x80) === 0 ? 'out' : 'in',
        type,
        packetSize: (octet(at + 4) | (octet(at + 5) << 8)) & 0x7ff,
      });
    }
  }
  return configuration;
}
