import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { createSigner, type NoteSigner } from '@reeve/ledger';
import { createOwnerOnly, readOwnerOnly } from '../lib/index.ts';

/**
 * The key that signs checkpoints, created when a log begins. Undefined where the file of a log that exists is gone: another
 * key would be another log. Throws where it cannot be read or is no Ed25519 key.
 */
export function loadSigner(file: string, origin: string, mayCreate: boolean): NoteSigner | undefined {
  const pem = readOwnerOnly(file) ?? (mayCreate ? createKey(file) : undefined);
  return pem === undefined ? undefined : createSigner(origin, createPrivateKey(pem));
}

function createKey(file: string): string {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  createOwnerOnly(file, pem);
  return pem;
}
