import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { at, enroll, flowBench, planFor } from './enrollment-helpers.ts';

describe('a whole enrollment', () => {
  it('P-256 in 9A', async () => {
    const { flow, shown } = flowBench();
    await enroll(flow, planFor(0, 'P-256'));
    const { result } = at(flow, 'done');
    expect(new X509Certificate(result.certificateDer).subject).toBe('O=Example\nCN=Ada Lovelace');
    console.log(shown.join(' '));
  });
});
