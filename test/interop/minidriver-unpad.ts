import { createHash } from 'node:crypto';
import { type Bytes, copy } from '../../src/codec/index.ts';
import { CARD_PADDING_PKCS1, type PFN_CSP_UNPAD_DATA } from '../../src/minidriver/index.ts';

/*
 * What a caller of the interface brings along as pfnCspUnpadData: both paddings by RFC 8017, 7.1.2 and 7.2.2, in words of this test's own,
 * with node:crypto's hashes. It is not in constant time and takes no care of anything.
 */

function mask(hash: string, seed: Buffer, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; Buffer.concat(parts).length < length; i++)
    parts.push(
      createHash(hash)
        .update(seed)
        .update(Buffer.from([0, 0, 0, i]))
        .digest(),
    );
  return Buffer.concat(parts).subarray(0, length);
}

const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((octet, i) => octet ^ (b[i] ?? 0)));

function oaep(block: Buffer, hash: string, label: Uint8Array): Bytes {
  const labelHash = createHash(hash).update(label).digest();
  const masked = block.subarray(1 + labelHash.length);
  const seed = xor(block.subarray(1, 1 + labelHash.length), mask(hash, masked, labelHash.length));
  const data = xor(masked, mask(hash, seed, masked.length));
  const one = data.indexOf(1, labelHash.length);
  const clean = data.subarray(labelHash.length, one).every((octet) => octet === 0);
  if (block[0] !== 0 || !data.subarray(0, labelHash.length).equals(labelHash) || one < 0 || !clean) throw new Error('bad padding');
  return copy(data.subarray(one + 1));
}

export const callerUnpadding: PFN_CSP_UNPAD_DATA = ({ pbData, dwPaddingType, pPaddingInfo }) => {
  const block = Buffer.from(pbData ?? []);
  if (dwPaddingType !== CARD_PADDING_PKCS1) return oaep(block, pPaddingInfo?.pszAlgId ?? '', pPaddingInfo?.pbLabel ?? new Uint8Array(0));
  const end = block.indexOf(0, 2);
  if (block[0] !== 0 || block[1] !== 2 || end < 10) throw new Error('bad padding');
  return copy(block.subarray(end + 1));
};
