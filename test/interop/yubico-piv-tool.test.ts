import { expect, it } from 'vitest';
import { runTable } from './run-table.ts';
import { tool } from './steps/yubico-calls.ts';

runTable('yubico-piv-tool', (lab) => {
  it('knows no management key but 3DES: with an AES key of 9B the 5.4 card refuses it', async () => {
    await lab().card({ profile: 'yubikey-5.4', managementAlgorithm: 0x0a });
    expect(await lab().refused(tool('-a', 'set-chuid'))).toContain('Failed authentication');
    await lab().card({ profile: 'yubikey-5.4' });
    await lab().ok(tool('-a', 'set-chuid'));
  });
});
