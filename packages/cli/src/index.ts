/** The command line, for programs that embed it. */
export { runCli } from './cli.ts';
