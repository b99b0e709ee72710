#!/usr/bin/env node
// The version check comes before every import that needs a newer Node: on an old one the database driver crashes at load.
const major = Number(process.versions.node.split('.')[0]);
if (!(major >= 24) || major === 25) {
  process.stderr.write(
    `reeve needs Node 24 or 26, not ${process.versions.node}. In a clone, run it as: npm run reeve -- ...\n`,
  );
  process.exit(2);
}
const { runCli } = await import('./cli.ts');
process.exitCode = await runCli(process.argv.slice(2));

export {};
