import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqlite } from './sqlite.ts';

test('the files are for their owner alone, also in a directory for all', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'reeve-mode-'));
  chmodSync(directory, 0o755);
  {
    await using storage = await openSqlite(directory);
    await storage.write([{ sql: 'UPDATE storage_sync SET at = ? WHERE id = 1', params: [1] }], 'power');
    const modes = readdirSync(directory).map((name) => [name, statSync(join(directory, name)).mode & 0o077]);
    expect(modes.length).toBeGreaterThan(1);
    expect(modes.filter(([, mode]) => mode !== 0)).toEqual([]);
  }
  rmSync(directory, { recursive: true });
});
