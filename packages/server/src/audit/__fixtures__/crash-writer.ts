import { openSqlite } from '../../storage/index.ts';
import { Ledger } from '../ledger.ts';
import { ORIGIN, shadow } from './sample-ledger.ts';

// Run by ledger-crash.test.ts, which kills it: appends, publishes, and prints `<index> <fingerprint>` of what was acknowledged.

const CONCURRENT = 32;
const [, , data = '', round = '0'] = process.argv;
const storage = await openSqlite(data);
const ledger = await Ledger.open({
  storage,
  origin: ORIGIN,
  onFault: (message, error) => console.error(message, error),
});

let number = Number(round) * 1_000_000;

async function appendForEver(): Promise<void> {
  for (;;) {
    const n = number++;
    const [index] = await ledger.append([shadow(n)], [], n % 5 === 0 ? 'power' : 'process');
    process.stdout.write(`${index} f${n}\n`);
  }
}

async function publishForEver(): Promise<void> {
  for (;;) {
    await ledger.publish();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

await Promise.all([publishForEver(), ...Array.from({ length: CONCURRENT }, appendForEver)]);
