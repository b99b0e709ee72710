// `npm run bench`: Reeve against its aims, beside what others do, in one session on the same cores. `--help` lists the options.
import { fileURLToPath } from 'node:url';
import { startArms } from './arms/start-arms.ts';
import { LoadGenerator } from './load/load-generator.ts';
import { describeMachine, loadNow } from './machine.ts';
import { measureAll } from './measures/measure-all.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { planFor } from './plan.ts';
import { LOAD_CORE, leaveGatewayCore } from './process/cores.ts';
import { killAllOnExit, PinnedProcess } from './process/pinned-process.ts';
import { toJson } from './report/json.ts';
import { toTable } from './report/table.ts';

const MAX_MINUTES = { quick: 4, usual: 20, full: 40 } as const;

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(HELP);
  else await bench(options);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  // Ends what was started, too.
  process.exit(1);
}

async function bench(options: Options): Promise<void> {
  killAllOnExit();
  const limit = options.full ? MAX_MINUTES.full : options.quick ? MAX_MINUTES.quick : MAX_MINUTES.usual;
  const deadline = setTimeout(() => {
    process.stderr.write(`bench: not done after ${limit} minutes\n`);
    process.exit(1);
  }, limit * 60_000);
  const before = describeMachine();
  leaveGatewayCore();
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  await using upstreamProcess = new PinnedProcess({
    name: 'mock upstream',
    command: process.execPath,
    args: [fileURLToPath(new URL('./upstream/main.ts', import.meta.url))],
    core: LOAD_CORE,
    channel: true,
  });
  const upstream = { port: (await upstreamProcess.ask()) as number };
  await using load = await LoadGenerator.start();
  const needsArms = options.measures.includes('throughput') || options.measures.includes('latency');
  const { arms, unavailable } = await startArms(needsArms ? options.arms : [], upstream, say);
  const measured = await measureAll({ load, upstream, plan: planFor(options), say }, arms, options.measures);
  clearTimeout(deadline);
  const machine = { ...before, loadAfter: loadNow() };
  process.stdout.write(
    `${options.json ? toJson(measured, unavailable, machine) : toTable(measured, arms, unavailable, machine)}\n`,
  );
}
