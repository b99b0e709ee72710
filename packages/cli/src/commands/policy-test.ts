import { resolve } from 'node:path';
import type { PolicyTestReport } from '@reeve/server';
import { Command } from 'commander';
import { CliError, globals, print } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../render/table.ts';

export function policyTestCommand(): Command {
  return new Command('test')
    .description('run the cases in *.test.yaml beside the policies, from files alone; exits with 1 where one fails')
    .argument('[dir]', 'the fleet directory', '.')
    .option('--failed', 'show only cases that fail')
    .action(async (dir: string, options: { failed?: boolean }, self: Command) => {
      const { testPolicies } = await import('@reeve/server');
      const report = await testPolicies(dir).catch((error: unknown) => {
        throw new CliError((error as Error).message, EXIT.usage);
      });
      if (report.problems.length === 0 && report.results.length === 0)
        throw new CliError(
          `${resolve(dir)} has no cases: write some beside the policies, such as policies/refund.test.yaml with\n` +
            '    cases: [{ name: a small refund passes, agent: refund, tool: stripe.refund, args: { amount_cents: 100 }, expect: allow }]',
          EXIT.usage,
        );
      if (globals(self).json === true) print(JSON.stringify(report, null, 2));
      else print(render(report, options.failed === true));
      if (report.problems.length > 0 || report.failed > 0) process.exitCode = EXIT.refused;
    });
}

function render(report: PolicyTestReport, failedOnly: boolean): string {
  if (report.problems.length > 0) {
    const lines = report.problems.map(({ file, line, column, message }) => `${file}:${line}:${column}  ${message}`);
    return `${lines.join('\n')}\n\nNothing was run.`;
  }
  return [...results(report, failedOnly), ...faults(report), ...coverage(report), '', summary(report)].join('\n');
}

function results({ results: all }: PolicyTestReport, failedOnly: boolean): string[] {
  const shown = failedOnly ? all.filter(({ fault }) => fault !== undefined) : all;
  if (shown.length === 0) return [];
  return [
    table(shown, [
      { title: '', value: (row) => (row.fault === undefined ? 'ok' : 'FAIL') },
      { title: 'case', value: (row) => row.name },
      { title: 'agent', value: (row) => row.agent },
      { title: 'on', value: (row) => row.target },
      { title: 'expected', value: (row) => row.expected },
      { title: 'got', value: (row) => row.got.verdict },
      { title: 'by', value: (row) => row.got.rules.join(', ') },
    ]),
  ];
}

function faults({ results: all }: PolicyTestReport): string[] {
  const lines = all.flatMap(({ file, line, column, name, fault }) =>
    fault === undefined ? [] : [`${file}:${line}:${column}  ${name}: ${fault}`],
  );
  return lines.length === 0 ? [] : ['', ...lines];
}

function coverage({ coverage: rules }: PolicyTestReport): string[] {
  const never = rules.filter(({ decided }) => decided === 0);
  if (rules.length === 0) return [];
  const share = `${rules.length - never.length} of ${rules.length} rules had a say`;
  if (never.length === 0) return ['', `${share}.`];
  return ['', `${share}. Never:`, ...never.map(({ rule, file, by }) => `  ${rule}  (${file ?? by})`)];
}

function summary({ passed, failed, results: all }: PolicyTestReport): string {
  return failed === 0 ? `${passed} cases passed.` : `${failed} of ${all.length} cases failed.`;
}
