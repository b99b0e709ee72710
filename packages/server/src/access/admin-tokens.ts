import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '@reeve/contracts';
import { ReeveError } from '../lib/index.ts';
import type { Storage } from '../storage/index.ts';
import { adminHash, readAdminHashes } from './admin-token-store.ts';
import { hashSecret, makeAdminToken, sameHash } from './agent-key.ts';

/** Who may use the control interface. Every workspace is `*`. */
export interface Admin {
  /** How records name them: the admin token's name, or a person's id. */
  readonly subject: string;
  readonly workspace: string;
  readonly role: Role;
  /** By which they count where people decide: the admin token is the person `admin`, others go by their address. */
  readonly person: { readonly id: string; readonly name: string };
}

const ADMIN_TOKEN_FILE = 'admin-token';
const FIRST_TOKEN = 'admin-token';
const OWNER_ONLY = 0o600;
const OTHERS = 0o077;
const MAX_TOKEN_LENGTH = 200;

/** Tokens for /api. The first start writes one into the data directory, readable by its owner; only the hash is kept. */
export class AdminTokens {
  readonly #entries: readonly { readonly admin: Admin; readonly hash: Uint8Array }[];

  private constructor(hashes: readonly { name: string; hash: Uint8Array }[]) {
    this.#entries = hashes.map(({ name, hash }) => ({
      admin: { subject: name, workspace: '*', role: 'admin', person: { id: 'admin', name: 'admin' } },
      hash,
    }));
  }

  static async open(storage: Storage, now: () => number = Date.now): Promise<AdminTokens> {
    const file = join(storage.directory, ADMIN_TOKEN_FILE);
    await refuseReadableByOthers(file);
    const kept = await readAdminHashes(storage);
    if (kept.length > 0) return new AdminTokens(kept);
    const token = makeAdminToken();
    const hash = hashSecret(token);
    await writeOwnerOnly(file, `${token}\n`);
    await storage.write([adminHash(FIRST_TOKEN, hash, now())], 'power');
    return new AdminTokens([{ name: FIRST_TOKEN, hash }]);
  }

  check(bearer: string | undefined): Admin | undefined {
    if (bearer === undefined || bearer.length > MAX_TOKEN_LENGTH) return undefined;
    const hash = hashSecret(bearer);
    return this.#entries.find((entry) => sameHash(entry.hash, hash))?.admin;
  }
}

async function writeOwnerOnly(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.new`;
  const handle = await open(draft, 'w', OWNER_ONLY);
  try {
    await handle.chmod(OWNER_ONLY);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

async function refuseReadableByOthers(file: string): Promise<void> {
  if (process.platform === 'win32') return;
  const mode = await stat(file).then(
    (found) => found.mode,
    () => 0,
  );
  if ((mode & OTHERS) !== 0) {
    throw new ReeveError('fail_closed', `others on this machine can read ${file}; run: chmod 600 ${file}`);
  }
}
