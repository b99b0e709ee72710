// `npm run test:faults`: disks that are full, fail or hang. Needs Linux, strace, and root for the mount.
import { runFaultSuite } from './fault-suite.ts';

await runFaultSuite('syscall');
