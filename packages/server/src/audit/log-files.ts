import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const OWNER_ONLY_DIRECTORY = 0o700;
const TEMPORARY = '.tmp';

/** The public layout in a directory. Files appear whole or not at all, and survive power loss once `settle` resolved. */
export class LogFiles {
  readonly directory: string;
  readonly #unsynced = new Set<string>();

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Temporary name, sync, rename. */
  async write(path: string, bytes: Uint8Array): Promise<void> {
    const file = join(this.directory, path);
    await this.#makeDirectory(dirname(file));
    const temporary = `${file}${TEMPORARY}`;
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    this.#unsynced.add(dirname(file));
  }

  /** Makes the names of what was written survive power loss too. */
  async settle(): Promise<void> {
    for (const directory of this.#unsynced) {
      await syncDirectory(directory);
      this.#unsynced.delete(directory);
    }
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.directory, path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Removes a directory of partial tiles that a full one took the place of. */
  async removePartials(fullPath: string): Promise<void> {
    await rm(join(this.directory, `${fullPath}.p`), { recursive: true, force: true });
  }

  async #makeDirectory(directory: string): Promise<void> {
    const first = await mkdir(directory, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
    if (first === undefined) return;
    // Each new directory is a new name in the one above it.
    for (let made = directory; made.length >= first.length; made = dirname(made)) this.#unsynced.add(dirname(made));
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
