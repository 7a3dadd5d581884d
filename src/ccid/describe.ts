import {
  busySlots,
  type CcidDescriptor,
  type CcidInterface,
  exchangeLevel,
  FEATURE,
  hasFeature,
  ifsdBytes,
  supportedProtocols,
} from './descriptor.ts';

/** A descriptor field with its meaning, for diagnostics. */
export interface NamedFact {
  readonly name: string;
  readonly value: string;
  readonly detail?: string;
}

const LEVEL_NAMES = {
  character: 'character level',
  tpdu: 'TPDU level',
  'short-apdu': 'short APDU level',
  'extended-apdu': 'short and extended APDU level',
} as const;

const FEATURE_NAMES: Readonly<Record<keyof typeof FEATURE, string>> = {
  autoParameters: 'automatic parameters from ATR',
  autoActivation: 'automatic activation',
  autoVoltage: 'automatic voltage',
  autoClock: 'automatic clock',
  autoBaud: 'automatic baud rate',
  autoNegotiation: 'automatic parameter negotiation',
  autoPps: 'automatic PPS',
  clockStop: 'clock stop',
  nad: 'NAD other than 00',
  autoIfsd: 'automatic IFSD',
};

const ICCD_NAMES: Readonly<Record<number, string>> = { 0: 'CCID', 1: 'ICCD version A', 2: 'ICCD version B' };

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;
}

function fact(name: string, value: string | number, detail?: string): NamedFact {
  return { name, value: String(value), ...(detail === undefined || detail === '' ? {} : { detail }) };
}

function listed(...entries: readonly (readonly [boolean, string])[]): string {
  return entries
    .filter(([on]) => on)
    .map(([, name]) => name)
    .join(', ');
}

/** The fields of an interface and its class descriptor in the order of the standard, with their meaning (CCID 1.1, 5.1). */
export function describeInterface({ setting, ccid, repaired }: CcidInterface): readonly NamedFact[] {
  const protocols = supportedProtocols(ccid);
  const [bLength, bDescriptorType] = repaired ?? [54, 0x21];
  return [
    fact('bInterfaceNumber', setting.bInterfaceNumber),
    fact('bInterfaceClass', hex(setting.bInterfaceClass, 2), setting.bInterfaceClass === 0xff ? 'vendor-specific' : 'smart card'),
    fact('bInterfaceProtocol', setting.bInterfaceProtocol, ICCD_NAMES[setting.bInterfaceProtocol]),
    fact(
      'bNumEndpoints',
      setting.endpoints.length,
      setting.endpoints.map((each) => `${hex(each.bEndpointAddress, 2)}: ${each.wMaxPacketSize} bytes`).join(', '),
    ),
    ...(bLength === 54 ? [] : [fact('bLength', bLength, 'wrong, read as 54')]),
    ...(bDescriptorType === 0x21 ? [] : [fact('bDescriptorType', hex(bDescriptorType, 2), 'wrong, read as 0x21')]),
    fact('bcdCCID', `${(ccid.bcdCCID >> 8).toString(16)}.${(ccid.bcdCCID & 0xff).toString(16).padStart(2, '0')}`),
    fact('bMaxSlotIndex', ccid.bMaxSlotIndex),
    fact(
      'bVoltageSupport',
      hex(ccid.bVoltageSupport, 2),
      listed([(ccid.bVoltageSupport & 1) !== 0, '5 V'], [(ccid.bVoltageSupport & 2) !== 0, '3 V'], [(ccid.bVoltageSupport & 4) !== 0, '1.8 V']),
    ),
    fact('dwProtocols', hex(ccid.dwProtocols, 8), listed([protocols.t0, 'T=0'], [protocols.t1, 'T=1'])),
    fact('dwDefaultClock', ccid.dwDefaultClock, 'kHz'),
    fact('dwMaximumClock', ccid.dwMaximumClock, 'kHz'),
    fact('bNumClockSupported', ccid.bNumClockSupported),
    fact('dwDataRate', ccid.dwDataRate, 'bit/s'),
    fact('dwMaxDataRate', ccid.dwMaxDataRate, 'bit/s'),
    fact('bNumDataRatesSupported', ccid.bNumDataRatesSupported),
    fact('dwMaxIFSD', ccid.dwMaxIFSD, ifsdBytes(ccid) === ccid.dwMaxIFSD ? undefined : `used as ${ifsdBytes(ccid)}`),
    fact('dwSynchProtocols', hex(ccid.dwSynchProtocols, 8)),
    fact('dwMechanical', hex(ccid.dwMechanical, 8)),
    fact('dwFeatures', hex(ccid.dwFeatures, 8), [LEVEL_NAMES[exchangeLevel(ccid)], ...featureNames(ccid)].join(', ')),
    fact('dwMaxCCIDMessageLength', ccid.dwMaxCCIDMessageLength, 'bytes'),
    fact('bClassGetResponse', hex(ccid.bClassGetResponse, 2), ccid.bClassGetResponse === 0xff ? 'class of the command' : undefined),
    fact('bClassEnvelope', hex(ccid.bClassEnvelope, 2), ccid.bClassEnvelope === 0xff ? 'class of the command' : undefined),
    fact('wLcdLayout', hex(ccid.wLcdLayout, 4), ccid.wLcdLayout === 0 ? 'none' : `${ccid.wLcdLayout >> 8} lines of ${ccid.wLcdLayout & 0xff}`),
    fact(
      'bPINSupport',
      hex(ccid.bPINSupport, 2),
      listed([(ccid.bPINSupport & 1) !== 0, 'verification'], [(ccid.bPINSupport & 2) !== 0, 'modification']),
    ),
    fact('bMaxCCIDBusySlots', ccid.bMaxCCIDBusySlots, busySlots(ccid) === ccid.bMaxCCIDBusySlots ? undefined : `used as ${busySlots(ccid)}`),
  ];
}

function featureNames(ccid: CcidDescriptor): readonly string[] {
  return (Object.keys(FEATURE) as (keyof typeof FEATURE)[]).filter((name) => hasFeature(ccid, name)).map((name) => FEATURE_NAMES[name]);
}
