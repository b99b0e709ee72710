// `npm run test:crash`: twenty deaths in the middle of load.
import { runFaultSuite } from './fault-suite.ts';

await runFaultSuite('crash');
