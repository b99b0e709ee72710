import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startReeve } from '@reeve/testkit';
import { startForwarder } from './forwarder.ts';
import { scenarioList } from './scenario-list.ts';
import { installSuite, runSuite } from './suite.ts';
import { startConformanceUpstream } from './upstream.ts';

// Runs the public MCP conformance suite against `/mcp/{server}` of a real Reeve, once per protocol era:
//   npm run test:conformance [-- --verbose]
// Exits with 1 where a scenario fails that expected-failures-*.yml does not name, or passes although it is named there.

const REVISIONS = [
  { revision: '2025-11-25', server: 'legacy' },
  { revision: '2026-07-28', server: 'modern' },
] as const;

process.exitCode = await main();

async function main(): Promise<number> {
  const suite = await installSuite();
  const started = new AsyncDisposableStack();
  try {
    const upstream = started.use(await startConformanceUpstream());
    const reeve = started.use(await startReeve({ fleet: fleetOf(upstream.url) }));
    const forwarder = started.use(await startForwarder(reeve.url, await reeve.key('conformance')));
    let code = 0;
    for (const { revision, server } of REVISIONS) {
      const expected = join(import.meta.dirname, `expected-failures-${revision}.yml`);
      const result = await runSuite(suite, `${forwarder.url}/mcp/${server}`, revision, expected);
      const list = scenarioList(result.output, readFileSync(expected, 'utf8'));
      if (result.code !== 0 || process.argv.includes('--verbose')) console.log(result.output);
      console.log(`\nMCP conformance ${revision}: ${list}`);
      if (result.code !== 0) code = 1;
    }
    return code;
  } finally {
    await started.disposeAsync();
  }
}

function fleetOf(upstream: string): Record<string, string> {
  const servers = REVISIONS.map(
    ({ server }) => `---\nkind: ToolServer\nname: ${server}\ntransport: { http: "${upstream}/${server}" }\n`,
  );
  return {
    'fleet.yaml': `kind: Workspace
name: default
---
kind: Agent
name: conformance
owner: maya@example.com
purpose: Run the MCP conformance suite
tools: ["*"]
${servers.join('')}`,
    'policies/conformance.cedar':
      'permit(principal == Reeve::Agent::"conformance", action == Reeve::Action::"call", resource);\n',
  };
}
