import { type Bytes, concat } from '../../codec/bytes.ts';
import type { RandomSource } from '../../codec/random.ts';
import { writeTlv } from '../../codec/tlv.ts';
import { ALG } from './algorithms.ts';
import { bitString, boolean, explicit, NULL, objectIdentifier, octetString, sequence, setOf, time, unsignedInteger, utf8String } from './der.ts';
import { type CardKey, type EcSecret, type KeyMaterial, publicPoint, signMessage } from './keys.ts';

/*
 * Attestation: an X.509 certificate (RFC 5280) that the card's attestation key in slot F9 signs over a key the card made itself, with
 * Yubico's extensions 1.3.6.1.4.1.41482.3.3 (firmware), .7 (serial), .8 (policies), .9 (form factor). The simulator signs F9's own
 * certificate with F9: nothing leads to a real vendor.
 */

const YUBICO = '1.3.6.1.4.1.41482.3';
const NOT_BEFORE = '20240101000000Z';
const NOT_AFTER = '20491231235959Z';
/** USB-A keychain. */
const FORM_FACTOR = 0x01;

const commonName = (text: string): Bytes => sequence(setOf(sequence(objectIdentifier('2.5.4.3'), utf8String(text))));

/** Name of the F9 certificate: says that nothing here is real. */
const ISSUER = commonName('Simulated PIV Attestation CA');

const CURVES: Readonly<Record<number, string>> = { [ALG.p256]: '1.2.840.10045.3.1.7', [ALG.p384]: '1.3.132.0.34' };
const CURVE25519: Readonly<Record<number, string>> = { [ALG.ed25519]: '1.3.101.112', [ALG.x25519]: '1.3.101.110' };

/** SubjectPublicKeyInfo (RFC 3279, 5480, 8410). */
export function subjectPublicKeyInfo(material: KeyMaterial): Bytes {
  if ('rsa' in material) {
    const key = sequence(unsignedInteger(material.rsa.modulus), unsignedInteger(material.rsa.publicExponent));
    return sequence(sequence(objectIdentifier('1.2.840.113549.1.1.1'), NULL), bitString(key));
  }
  const curve = CURVES[material.algorithm];
  const identifier =
    curve === undefined ? [objectIdentifier(CURVE25519[material.algorithm] ?? '')] : [objectIdentifier('1.2.840.10045.2.1'), objectIdentifier(curve)];
  return sequence(sequence(...identifier), bitString(publicPoint(material)));
}

function extension(dotted: string, value: Bytes, critical = false): Bytes {
  return critical ? sequence(objectIdentifier(dotted), boolean(true), octetString(value)) : sequence(objectIdentifier(dotted), octetString(value));
}

function certificate(signer: EcSecret, subject: Bytes, publicKey: Bytes, random: RandomSource, extensions: readonly Bytes[]): Bytes {
  const algorithm = sequence(objectIdentifier(signer.algorithm === ALG.p384 ? '1.2.840.10045.4.3.3' : '1.2.840.10045.4.3.2'));
  const serialNumber = random(16);
  serialNumber[0] = ((serialNumber[0] ?? 0) & 0x7f) | 0x40;
  const toBeSigned = sequence(
    explicit(0, unsignedInteger(Uint8Array.of(2))),
    unsignedInteger(serialNumber),
    algorithm,
    ISSUER,
    sequence(time(NOT_BEFORE), time(NOT_AFTER)),
    subject,
    publicKey,
    explicit(3, sequence(...extensions)),
  );
  return sequence(toBeSigned, algorithm, bitString(signMessage(signer, toBeSigned)));
}

/** F9's own certificate: a certification authority of path length 0, keyCertSign. */
export function attestationAuthority(key: EcSecret, random: RandomSource): Bytes {
  const basicConstraints = extension('2.5.29.19', sequence(boolean(true), unsignedInteger(Uint8Array.of(0))), true);
  const keyUsage = extension('2.5.29.15', bitString(Uint8Array.of(0x04), 2), true);
  return certificate(key, ISSUER, subjectPublicKeyInfo(key), random, [basicConstraints, keyUsage]);
}

/** The object 5FFF01: 70 certificate, 71 CertInfo, FE. */
export function certificateObject(der: Uint8Array): Bytes {
  return concat(writeTlv(0x70, der), writeTlv(0x71, Uint8Array.of(0)), writeTlv(0xfe));
}

export interface AttestedFacts {
  readonly slot: number;
  readonly firmware: Bytes;
  readonly serial: number;
}

/** Statement about one key. */
export function attestationStatement(signer: EcSecret, key: CardKey, facts: AttestedFacts, random: RandomSource): Bytes {
  const serial = new Uint8Array(4);
  new DataView(serial.buffer).setUint32(0, facts.serial);
  const subject = commonName(`Simulated PIV Attestation ${facts.slot.toString(16)}`);
  return certificate(signer, subject, subjectPublicKeyInfo(key.material), random, [
    extension(`${YUBICO}.3`, facts.firmware),
    extension(`${YUBICO}.7`, unsignedInteger(serial)),
    extension(`${YUBICO}.8`, Uint8Array.of(key.pinPolicy, key.touchPolicy)),
    extension(`${YUBICO}.9`, Uint8Array.of(FORM_FACTOR)),
  ]);
}
