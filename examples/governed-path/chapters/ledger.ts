import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Story } from '../../stage/story.ts';
import type { Stage } from '../stage.ts';

const CLI = join(import.meta.dirname, '../../../packages/cli/src/main.ts');

/** The record: read as a tree, verified from a copy of its files, and then with one byte changed. */
export async function ledgerChapter(story: Story, { reeve }: Stage): Promise<void> {
  story.chapter('The record');
  const shown = await cli('--url', reeve.url, '--data', reeve.data, 'runs', 'show', 'story');
  for (const line of shown.stdout.trimEnd().split('\n')) story.say(line);
  story.check('the run shows every call', shown.stdout.match(/[├└]─/g)?.length, 11);

  // Asking for a receipt publishes what was written until now.
  await reeve.admin.call('audit.receipt', { params: { index: 0 } });
  const copy = mkdtempSync(join(tmpdir(), 'governed-path-ledger-'));
  try {
    cpSync(join(reeve.data, 'ledger'), copy, { recursive: true });
    const whole = await cli('audit', 'verify', copy);
    story.check('the copy verifies offline', [whole.exitCode, whole.stdout.split('  ')[0]], [0, 'VERIFIED']);
    const { items } = await reeve.admin.call('audit.entries', { query: { limit: 1_000 } });
    const refused = items.find(({ entry }) => (entry as { event: string }).event === 'action.refused');
    if (refused === undefined) throw new Error('the refused write is not in the ledger');
    const { action } = refused.entry as { action: string };
    story.say(`now one byte of entry ${refused.index}, the refused write, is changed in the copy`);
    changeOneByte(copy, action);
    const changed = await cli('audit', 'verify', copy);
    story.check('the verification fails', changed.exitCode, 4);
    story.check('  and names the entry', changed.stdout.split('\n')[1], new RegExp(`entry ${refused.index}\\b`));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** In every published file that holds the entry: whoever forges a record forges all of it that he can reach. */
function changeOneByte(directory: string, text: string): void {
  const entries = join(directory, 'tile', 'entries');
  for (const item of readdirSync(entries, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue;
    const path = join(item.parentPath, item.name);
    const bytes = readFileSync(path);
    const at = bytes.indexOf(text);
    if (at < 0) continue;
    bytes[at + 8] = (bytes[at + 8] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  }
}

function cli(...args: string[]): Promise<{ exitCode: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], (error, stdout) =>
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout }),
    );
  });
}
