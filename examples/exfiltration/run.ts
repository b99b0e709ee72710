// `npx node examples/exfiltration/run.ts`
import { tell } from './tell.ts';

const failures = await tell((line) => process.stdout.write(`${line}\n`));
process.exit(failures === 0 ? 0 : 1);
