import { type Bytes, concat, copy } from '../codec/bytes.ts';
import { Cursor } from '../codec/cursor.ts';
import { CodecError } from '../codec/errors.ts';

async function through(source: Uint8Array, stream: CompressionStream | DecompressionStream, maxBytes: number): Promise<Bytes> {
  const reader = new Blob([copy(source)]).stream().pipeThrough(stream).getReader();
  const parts: Bytes[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concat(...parts);
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw new CodecError('too-large', `more than ${maxBytes} bytes come out of the compressed data`);
    }
    parts.push(copy(value));
  }
}

/**
 * Inflates gzip (RFC 1952) or zlib (RFC 1950, 'deflate'), at most `maxBytes`. One gzip member and nothing behind it: the streams of some
 * systems go on to the next member or pass over zeros, others refuse both. @throws CodecError `bad-value`, `too-large`
 */
export async function inflate(source: Uint8Array, format: 'gzip' | 'deflate', maxBytes: number): Promise<Bytes> {
  try {
    const out = await through(source, new DecompressionStream(format), maxBytes);
    // A member ends with the length of what was compressed (2.3.1).
    if (format === 'gzip' && new Cursor(source.subarray(-4)).u32le() !== out.length) throw new CodecError('trailing', 'more than one gzip member');
    return out;
  } catch (cause) {
    if (cause instanceof CodecError) throw cause;
    throw new CodecError('bad-value', `malformed ${format} data`, { cause });
  }
}

/** Compresses with gzip, as certificate objects are (SP 800-73-4 part 1, appendix A). */
export async function gzip(source: Uint8Array): Promise<Bytes> {
  return through(source, new CompressionStream('gzip'), Number.MAX_SAFE_INTEGER);
}
