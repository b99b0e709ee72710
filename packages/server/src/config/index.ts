/** One declaration per option; loading. The only place that reads the environment. */
export { ConfigError, loadConfig } from './load-config.ts';
export { type Config, OPTIONS } from './options.ts';
