// Writes docs/reference from the catalogues (--write), or fails if a page is stale (--check).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { referencePages } from './reference/pages.ts';

const root = fileURLToPath(new URL('../docs/reference/', import.meta.url));
const check = process.argv.includes('--check');
const stale: string[] = [];

for (const [name, text] of Object.entries(referencePages())) {
  const file = join(root, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale.push(name);
  if (check) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

if (stale.length > 0)
  process.stdout.write(`${check ? 'stale' : 'written'}: ${stale.map((name) => `docs/reference/${name}`).join(', ')}\n`);
if (check && stale.length > 0) {
  process.stdout.write('Run `npm run fix` and commit the pages.\n');
  process.exitCode = 1;
}
