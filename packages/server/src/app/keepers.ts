import { randomUUID } from 'node:crypto';
import { Ledger, LedgerReader, openPayloadCipher, PayloadStore } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import { openSqlite } from '../storage/index.ts';
import type { Events } from '../telemetry/index.ts';
import { ActionRecords, RunJoiner, Runs, Traces } from '../traces/index.ts';

const SWEEP_EVERY_MS = 60_000;

/** What keeps, and what is kept. */
export async function openKeepers(building: AsyncDisposableStack, config: Config, events: Events) {
  const onFault = (message: string, error: unknown) => events.fault(message, error);
  const storage = building.use(await openSqlite(config.data));
  const ledger = building.use(await Ledger.open({ storage, origin: config.ledgerOrigin, onFault }));
  const payloads = new PayloadStore({ storage, ledger, cipher: openPayloadCipher(config.data) });
  const sweep = () => void payloads.sweep().catch((error: unknown) => onFault('payloads could not be swept', error));
  const sweeper = setInterval(sweep, SWEEP_EVERY_MS);
  building.defer(() => clearInterval(sweeper));
  return {
    storage,
    ledger,
    ledgerReader: new LedgerReader(storage, ledger.directory),
    payloads,
    runs: new Runs(storage),
    joiner: new RunJoiner(),
    traces: new Traces(storage),
    records: new ActionRecords(storage, randomUUID()),
  };
}

export type Keepers = Awaited<ReturnType<typeof openKeepers>>;
