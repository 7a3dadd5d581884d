import type { Quirk } from './quirks.ts';

const older = (readers: string, vendorId: number, productId: number, belowBcdDevice: number): Quirk => ({
  name: 'firmware-too-old',
  readers,
  libccid: `ccid_check_firmware: refused below ${(belowBcdDevice >> 8).toString(16)}.${(belowBcdDevice & 0xff).toString(16).padStart(2, '0')}`,
  vendorId,
  productIds: [productId],
  belowBcdDevice,
  refused: true,
});

/** Firmware with bugs that later versions do not have (Bogus_firmwares in libccid's ccid_usb.c). Its own tables of quirks may leave them out. */
export const REFUSED_FIRMWARE: readonly Quirk[] = [
  older('SCM SCR331', 0x04e6, 0xe001, 0x0516),
  older('SCM SCR331-DI', 0x04e6, 0x5111, 0x0620),
  older('SCM SPR532', 0x04e6, 0xe003, 0x0510),
  older('KOBIL KAAN Base', 0x0d46, 0x3001, 0x0037),
  older('KOBIL KAAN Advanced', 0x0d46, 0x3002, 0x0037),
  older('ActivCard USB Reader V2', 0x09c3, 0x0008, 0x0203),
  older('Athena ASE IIIe USB v2', 0x0dc3, 0x1004, 0x0502),
  older('Athena ASE IIIe keyboard', 0x0dc3, 0x1102, 0x0607),
  older('Alcor Micro AU9520-G', 0x058f, 0x9520, 0x0102),
  older('ACS ACR122U-WB-R', 0x072f, 0x2200, 0x0206),
  older('Precise Biometrics Precise 200 MC', 0x08c3, 0x0402, 0x5000),
  older('Precise Biometrics Precise 250 MC', 0x08c3, 0x0401, 0x5000),
  older('Todos Argos Mini II', 0x0b0c, 0x0050, 0x0101),
  older('Athena IDProtect Key v2', 0x0dc3, 0x0900, 0x0200),
  older('HP USB CCID smart card keyboard', 0x03f0, 0x0036, 0x0124),
  older('THRC smart card reader', 0x062d, 0x0001, 0x0102),
  older('SCM SCL010', 0x04e6, 0x5291, 0x0112),
];
