/** One port for what replicas share; in memory for one process. */
export type { Coordination, WindowCount } from './coordination.ts';
export { MemoryCoordination } from './memory.ts';
