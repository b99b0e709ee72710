// `npm run test:fuzz [-- requests [seed]]`: the fuzz test with a larger budget and a seed of its own, which it prints.
import { fuzz } from './fuzz.ts';
import { startHardeningPlane } from './hardening-plane.ts';

const requests = Number(process.argv[2] ?? 200_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);

process.stdout.write(`seed ${seed}, ${requests} requests\n`);
await using plane = await startHardeningPlane({
  'headers-timeout': '300ms',
  'request-timeout': '300ms',
  'log-level': 'error',
});
const { statuses } = await fuzz(plane, { seed, requests });
process.stdout.write(`no fault; answers by status: ${JSON.stringify(statuses)}\n`);
