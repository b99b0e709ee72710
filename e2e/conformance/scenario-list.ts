const LINE = /^\S+ ([a-z0-9-]+): (\d+) passed, (\d+) failed$/gm;

interface Scenario {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
}

/** What the suite said of each scenario, one line each, with the reason of what is expected to fail. */
export function scenarioList(output: string, expectedFailures: string): string {
  const scenarios = scenariosOf(output);
  const reasons = reasonsOf(expectedFailures);
  const passing = scenarios.filter(({ passed, failed }) => passed > 0 && failed === 0);
  const lines = [`${passing.length} of ${scenarios.length} scenarios pass`];
  for (const scenario of scenarios) lines.push(`  ${lineOf(scenario, reasons.get(scenario.name))}`);
  return lines.join('\n');
}

function lineOf({ name, passed, failed }: Scenario, reason: string | undefined): string {
  if (failed === 0) return passed === 0 ? `no check applies  ${name}` : `passes            ${name} (${passed} checks)`;
  const checks = `${name} (${failed} of ${passed + failed} checks fail)`;
  if (reason !== undefined) return `fails as expected ${checks}: ${reason}`;
  // The suite counts scenarios of an extension only for servers that offer it.
  return name.startsWith('tasks-') ? `not offered       ${name}` : `FAILS             ${checks}`;
}

function scenariosOf(output: string): Scenario[] {
  const summary = output.slice(Math.max(0, output.lastIndexOf('=== SUMMARY')));
  return [...summary.matchAll(LINE)].map(([, name = '', passed, failed]) => ({
    name,
    passed: Number(passed),
    failed: Number(failed),
  }));
}

/** A reason stands as a comment above the names it is for. */
function reasonsOf(file: string): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  let reason = '';
  let isOpen = false;
  for (const line of file.split('\n')) {
    const comment = /^\s+# (.*)$/.exec(line)?.[1];
    const name = /^\s+- (\S+)$/.exec(line)?.[1];
    if (comment !== undefined) reason = isOpen ? `${reason} ${comment}` : comment;
    isOpen = comment !== undefined;
    if (name !== undefined) reasons.set(name, reason);
  }
  return reasons;
}
