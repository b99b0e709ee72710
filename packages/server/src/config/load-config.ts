import { type Config, OPTIONS, type Option } from './options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with a flag or variable; all of them at once. */
export class ConfigError extends Error {}

/** Flags win over the environment, the environment over defaults. Unknown REEVE_ variables and flags are errors. */
export function loadConfig(flags: Readonly<Record<string, string>>, environment: Environment): Config {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [name, option] of Object.entries<Option<unknown>>(OPTIONS)) {
    const flagName = option.flag.slice(2);
    const from = Object.hasOwn(flags, flagName) ? option.flag : option.env;
    const given = flags[flagName] ?? environment[option.env] ?? option.default;
    try {
      config[name] = option.parse(given);
    } catch (error) {
      problems.push(`${from} ${(error as Error).message}, not ${JSON.stringify(given)}`);
    }
  }
  problems.push(...unknownNames(flags, environment));
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return config as Config;
}

/** Read by the CLI or by tests, not by the server. */
const OTHER_VARIABLES = new Set(['REEVE_URL', 'REEVE_TOKEN', 'REEVE_DATA', 'REEVE_KEY']);

function unknownNames(flags: Readonly<Record<string, string>>, environment: Environment): string[] {
  const options = Object.values<Option<unknown>>(OPTIONS);
  const knownFlags = new Set(options.map((option) => option.flag.slice(2)));
  const knownEnv = new Set(options.map((option) => option.env));
  const badFlags = Object.keys(flags).filter((name) => !knownFlags.has(name));
  const badEnv = Object.keys(environment).filter(
    (name) => name.startsWith('REEVE_') && !knownEnv.has(name) && !OTHER_VARIABLES.has(name),
  );
  return [
    ...badFlags.map((name) => `--${name} is not an option; see reeve start --help`),
    ...badEnv.map((name) => `${name} is not an option; see docs/reference/config.md`),
  ];
}
