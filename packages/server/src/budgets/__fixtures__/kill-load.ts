import { writeSync } from 'node:fs';
import { openSqlite } from '../../storage/index.ts';
import { Budgets } from '../budgets.ts';
import { calls, refundFleet, spender } from './budget-fleet.ts';

// A process under load that its parent kills. It prints what it begins before it begins, and what is acknowledged after the commit.

const WORKERS = 20;
const MAX_ACTIONS = 100_000;
const RECORD = 'INSERT INTO kill_record (action, kind) VALUES (?, ?)';

const storage = await openSqlite(process.argv[2] ?? '');
const limit = Number(process.argv[3]);
await storage.write(
  [{ sql: 'CREATE TABLE IF NOT EXISTS kill_record (action TEXT, kind TEXT)', params: [] }],
  'power',
);
const budgets = new Budgets({ storage });
await budgets.recover();
const fleet = refundFleet({ per: 'month', calls: limit }, { per: 'run', calls: limit });
(await budgets.prepare(fleet)).activate();
process.stdout.write('ready 0 0\n');

let last = 0;
await Promise.all(Array.from({ length: WORKERS }, work));

async function work(): Promise<void> {
  while (last < MAX_ACTIONS) {
    const action = `${process.pid}-${++last}`;
    const amount = 1 + (last % 7);
    const actual = last % (amount + 1);
    tell('begun', action, amount);
    const result = await budgets.reserve(spender(), calls(amount), true);
    if (!result.granted) return;
    await storage.write([{ sql: RECORD, params: [action, 'intent'] }], 'process');
    tell('executed', action, actual);
    await new Promise((resolve) => setImmediate(resolve));
    budgets.settle(result.reservation, calls(actual));
    await storage.write([{ sql: RECORD, params: [action, 'outcome'] }], 'process');
    tell('acknowledged', action, actual);
  }
}

/** Blocks until the parent's pipe has it: what process.stdout still queues when the process is killed was never told. */
function tell(kind: string, action: string, amount: number): void {
  writeSync(1, `${kind} ${action} ${amount}\n`);
}
