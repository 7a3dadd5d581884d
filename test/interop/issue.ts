import { concat, findTlv, needTlv, readSingle, readTlvs, writeTlv } from '../../src/codec/index.ts';
import { createPivCard, type PivProfileName } from '../../src/simulator/card/index.ts';
import { Terminal } from '../unit/simulator/card/terminal.ts';
import type { Lab } from './lab.ts';
import { certify } from './suite.ts';

/* Issues a card without a tool: what plain PIV cards need, since no tool speaks to them without the vendor's commands. */

export interface IssuedSlot {
  readonly slot: string;
  readonly algorithm: '07' | '11' | '14';
  /** Tag of the certificate's object. */
  readonly object: string;
}

/** SubjectPublicKeyInfo heads up to the BIT STRING's content (RFC 5480). */
const EC_HEADS = { '11': '3059301306072a8648ce3d020106082a8648ce3d030107034200', '14': '3076301006072a8648ce3d020106052b81040022036200' } as const;

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** An uncompressed point as SubjectPublicKeyInfo. */
export function ecPublicKeyPem(point: Uint8Array, algorithm: keyof typeof EC_HEADS): string {
  return pem('PUBLIC KEY', concat(Buffer.from(EC_HEADS[algorithm], 'hex'), point));
}

function publicKeyPem(template: Uint8Array, algorithm: IssuedSlot['algorithm']): string {
  const fields = readTlvs(readSingle(template, 0x7f49));
  const modulus = findTlv(fields, 0x81);
  if (modulus !== undefined) {
    const positive = concat(Uint8Array.of(0), modulus);
    return pem('RSA PUBLIC KEY', writeTlv(0x30, writeTlv(0x02, positive), writeTlv(0x02, needTlv(fields, 0x82))));
  }
  return ecPublicKeyPem(needTlv(fields, 0x86), algorithm === '14' ? '14' : '11');
}

/**
 * Makes a card with a key and a certificate of the lab's authority in each slot; leaves `<slot>.pub` and `<slot>.pem` in the lab's folder
 * and answers the card's image.
 */
export async function issueCard(lab: Lab, profile: PivProfileName, slots: readonly IssuedSlot[]): Promise<unknown> {
  const card = createPivCard({ profile });
  const terminal = new Terminal(card);
  await terminal.select();
  const management = profile === 'yubikey-5.7' ? '0a' : '03';
  if ((await terminal.authenticate(management)) !== '9000') throw new Error('9B refused');
  for (const { slot, algorithm, object } of slots) {
    const template = await terminal.ok(`004700${slot}`, `ac038001${algorithm}`);
    await lab.write(`${slot}.raw`, publicKeyPem(template, algorithm));
    await lab.ok([
      'openssl',
      algorithm === '07' ? 'rsa' : 'ec',
      ...(algorithm === '07' ? ['-RSAPublicKey_in'] : ['-pubin']),
      '-in',
      `${slot}.raw`,
      '-pubout',
      '-out',
      `${slot}.pub`,
    ]);
    await certify(lab, `${slot}.pub`, `${slot}.pem`);
    await lab.ok(['openssl', 'x509', '-in', `${slot}.pem`, '-outform', 'DER', '-out', `${slot}.der`]);
    const content = concat(writeTlv(0x70, await lab.read(`${slot}.der`)), writeTlv(0x71, Uint8Array.of(0)), writeTlv(0xfe));
    await terminal.ok('00db3fff', concat(Buffer.from(`5c03${object}`, 'hex'), writeTlv(0x53, content)));
  }
  return card.save();
}
