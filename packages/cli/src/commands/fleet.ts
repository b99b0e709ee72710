import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { FleetPlan } from '@reeve/contracts';
import { Command } from 'commander';
import { ago, CliError, call, globals, print, say, show } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { planTraffic } from '../plan-traffic.ts';
import { renderPlan } from '../render/plan.ts';
import { renderTraffic } from '../render/traffic.ts';

export function planCommand(): Command {
  return new Command('plan')
    .description('what applying a directory would change')
    .argument('<dir>')
    .option('--no-traffic', 'do not try it on the calls of the last week')
    .action(async (dir: string, options: { traffic: boolean }, self: Command) => {
      const body = await fleetSource(dir);
      const plan = await call(self, 'fleet.plan', { body });
      const tried = plan.problems.length === 0 && options.traffic ? await planTraffic(self, body) : undefined;
      const said = tried === undefined ? '' : `\n\n${renderTraffic(tried)}`;
      say(self, tried === undefined ? plan : { ...plan, traffic: tried }, `${renderPlan(plan)}${said}`);
      if (plan.problems.length > 0) process.exitCode = EXIT.refused;
    });
}

export function applyCommand(): Command {
  return new Command('apply')
    .description('make a directory the version in force')
    .argument('<dir>')
    .option('--expect <version>', 'refuse if another version is in force')
    .action(async (dir: string, options: { expect?: string }, self: Command) => {
      const body = await fleetSource(dir);
      const plan: FleetPlan = await call(self, 'fleet.plan', { body });
      if (plan.problems.length > 0) {
        say(self, plan, renderPlan(plan));
        throw new CliError('nothing was applied; the version in force still serves');
      }
      const reply = await call(self, 'fleet.apply', {
        body: options.expect === undefined ? body : { ...body, expectVersion: options.expect },
      });
      say(
        self,
        reply,
        reply.changed
          ? `${renderPlan(plan)}\n\nApplied ${reply.version} to workspace ${reply.workspace}.`
          : `Nothing to do: ${reply.version} is in force.`,
      );
    });
}

export function exportCommand(): Command {
  return new Command('export')
    .description('write the version in force as files')
    .argument('[dir]', 'directory to write; without it the files are printed')
    .action(async (dir: string | undefined, _options: unknown, self: Command) => {
      const reply = await call(self, 'fleet.export');
      if (globals(self).json === true) return print(JSON.stringify(reply, null, 2));
      for (const file of reply.files) {
        if (dir === undefined) print(`# ${file.path}\n${file.text}`);
        else writeInside(dir, file.path, file.text);
      }
      if (dir !== undefined) print(`Wrote ${reply.files.length} files to ${dir}.`);
    });
}

export function versionsCommand(): Command {
  return new Command('versions')
    .description('versions of the fleet, newest first')
    .action(async (_options: unknown, self: Command) => {
      const reply = await call(self, 'fleet.versions');
      show(
        self,
        reply,
        reply.items,
        [
          { title: 'version', value: (row) => row.version.slice(0, 19) },
          { title: 'applied', value: (row) => ago(new Date(row.appliedAtMs).toISOString()) },
          { title: 'by', value: (row) => row.appliedBy },
          { title: 'objects', value: (row) => row.objects, align: 'right' },
          { title: '', value: (row) => (row.current ? 'in force' : '') },
        ],
        'No fleet was applied yet: reeve apply DIR',
      );
    });
}

export function rollbackCommand(): Command {
  return new Command('rollback')
    .description('put an earlier version in force again')
    .argument('<version>', 'a version or the beginning of one')
    .action(async (version: string, _options: unknown, self: Command) => {
      const reply = await call(self, 'fleet.rollback', { body: { version } });
      say(self, reply, `${reply.version} is in force.`);
    });
}

export async function fleetSource(dir: string): Promise<{ files: { path: string; text: string }[] }> {
  const { readFleetDirectory } = await import('@reeve/server');
  const read = await readFleetDirectory(dir).catch((error: unknown) => {
    throw new CliError((error as Error).message, EXIT.usage);
  });
  if (read.files.length === 0) throw new CliError(`${resolve(dir)} has no .yaml or .cedar files`, EXIT.usage);
  return { files: [...read.files] };
}

function writeInside(dir: string, path: string, text: string): void {
  const target = resolve(join(dir, path));
  if (!target.startsWith(`${resolve(dir)}/`)) throw new CliError(`the server named a file outside ${dir}: ${path}`);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
