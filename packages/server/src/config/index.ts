/** One declaration per option; loading. The only place that reads the environment. */
export { loadConfig } from './load-config.ts';
export { type Config, OPTIONS } from './options.ts';
