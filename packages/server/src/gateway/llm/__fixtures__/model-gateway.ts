import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Agent, agentSchema, type Model, modelSchema, type Outcome, type Workspace, workspaceSchema } from '@reeve/contracts';
import Fastify from 'fastify';
import { createOutboundClient, ReeveError, toReeveError } from '../../../lib/index.ts';
import type { Fleet } from '../../../registry/index.ts';
import type { CompletedAction, DecidedAction, Execution, ModelTargetRef, ProposedAction } from '../../action.ts';
import type { ContentEdit } from '../../../guardrails/index.ts';
import { llmRoutes } from '../llm-routes.ts';
import { ModelRouter } from '../model-router.ts';
import { ToolNames } from '../tool-names.ts';

export interface GatewaySetup {
  readonly providerUrl: string;
  readonly models?: readonly unknown[];
  readonly workspace?: object;
  readonly agent?: object;
  /** Plays an output guardrail. */
  readonly redact?: (text: string) => string;
}

interface Passed {
  readonly target: ModelTargetRef;
  readonly outcome: Outcome;
  readonly execution: Execution | undefined;
  readonly usage: CompletedAction['usage'];
  readonly costNanoUsd: number | undefined;
  readonly action: ProposedAction;
}

/** The routes on a real port, with the shortest pipeline that keeps to the operation's contract. */
export async function startGateway(setup: GatewaySetup) {
  const agent = agentSchema.parse({ kind: 'Agent', name: 'tester', owner: 'maya@example.com', purpose: 'tests', models: ['*'], ...setup.agent });
  const fleet = makeFleet(setup, agent);
  const outbound = createOutboundClient();
  const router = new ModelRouter();
  const prepared = await router.prepare(fleet);
  prepared.activate();
  const passed: Passed[] = [];
  const app = Fastify({ bodyLimit: 1e7 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.register(async (scope) => {
    llmRoutes({
      router,
      outbound,
      toolNames: new ToolNames({ boundsInclude: () => true, knownTools: () => [], now: Date.now }),
      secretValue: (_workspace, name) => `value-of-${name}`,
      now: Date.now,
      random: Math.random,
      mayListModel: () => true,
      identify: async (presented) => {
        if (presented.secret !== 'agent-key') throw new ReeveError('unauthenticated');
        return { fleet, agent };
      },
      pipeline: { run: (propose) => run(propose(), fleet, agent, setup, passed) },
    })(scope);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    passed,
    problems: prepared.problems,
    async [Symbol.asyncDispose]() {
      app.server.closeAllConnections();
      await app.close();
      await outbound[Symbol.asyncDispose]();
    },
  };
}

function makeFleet(setup: GatewaySetup, agent: Agent): Fleet {
  const settings: Workspace = workspaceSchema.parse({
    kind: 'Workspace',
    name: 'default',
    providers: {
      openai: { baseUrl: `${setup.providerUrl}/v1`, credential: 'main' },
      anthropic: { baseUrl: setup.providerUrl, credential: 'main' },
      gemini: { baseUrl: setup.providerUrl, credential: 'main' },
    },
    prices: ['openai/*', 'anthropic/*', 'gemini/*'].map((model) => ({ model, price: { input: 1, output: 2, cacheRead: 0.5 } })),
    ...setup.workspace,
  });
  const models = (setup.models ?? []).map((model): [string, Model] => {
    const parsed = modelSchema.parse({ kind: 'Model', ...(model as object) });
    return [parsed.name, parsed];
  });
  return {
    workspace: 'default',
    version: 'sha256:0',
    settings,
    agents: new Map([[agent.name, agent]]),
    toolServers: new Map(),
    models: new Map(models),
    secrets: new Map([['main', { kind: 'Secret', name: 'main', from: { env: 'X' } }]]),
    budgets: new Map(),
    guardrails: new Map(),
    policies: [],
  } as unknown as Fleet;
}

async function run(action: ProposedAction, fleet: Fleet, agent: Agent, setup: GatewaySetup, passed: Passed[]): Promise<CompletedAction> {
  let target: ModelTargetRef | undefined;
  let execution: Execution | undefined;
  const signal = action.callerGone;
  const decided = { ...action, identity: { workspace: 'default', agent: agent.name, credentialId: 'key_1' }, agent, fleet, signal, run: { name: 'run-1' }, decision: { verdict: 'allow', findings: [], fleetVersion: fleet.version } } as unknown as DecidedAction;
  const outcome = await (async (): Promise<Outcome> => {
    try {
      if (action.presented.secret !== 'agent-key') throw new ReeveError('unauthenticated');
      target = (await action.operation.resolve(fleet, agent)) as ModelTargetRef;
      const wrong = action.operation.check(target);
      if (wrong !== undefined) return { kind: 'invalid', code: 'invalid_arguments', message: wrong };
      if (setup.redact !== undefined) action.operation.rewrite(redacted(action.operation.parts(), setup.redact));
      action.operation.payload();
      execution = await action.operation.execute(decided, { inspectOutput: setup.redact !== undefined });
      if (execution.kind === 'whole') {
        if (setup.redact !== undefined) execution = execution.rewritten(redacted(execution.parts(), setup.redact));
        return execution.upstreamError === undefined ? { kind: 'succeeded' } : { kind: 'upstream_failed', code: 'upstream_failed' };
      }
      execution.sink.begin(execution.status, execution.headers);
      for await (const chunk of execution.chunks) {
        const edits = setup.redact === undefined ? [] : redacted(chunk.parts ?? [], setup.redact);
        await execution.sink.write(edits.length > 0 && chunk.rewritten !== undefined ? chunk.rewritten(edits) : chunk.bytes);
        if (signal.aborted) return { kind: 'aborted', code: 'invalid_request' };
      }
      return execution.settled().upstreamError === undefined ? { kind: 'succeeded' } : { kind: 'upstream_failed', code: 'upstream_failed' };
    } catch (thrown) {
      if (signal.aborted) return { kind: 'aborted', code: 'invalid_request' };
      const error = toReeveError(thrown);
      return { kind: error.code === 'unauthenticated' ? 'unknown_caller' : 'upstream_failed', code: error.code, message: error.message };
    }
  })();
  const streaming = execution?.kind === 'stream';
  if (execution?.kind === 'stream') execution.sink.end(outcome);
  const settled = execution?.kind === 'stream' ? execution.settled() : execution;
  passed.push({ target: target as unknown as ModelTargetRef, outcome, execution, usage: settled?.usage, costNanoUsd: settled?.costNanoUsd, action });
  return {
    action: decided,
    run: decided.run,
    outcome,
    decision: decided.decision,
    reply: execution?.kind === 'whole' ? execution : undefined,
    streaming,
    usage: settled?.usage,
    costNanoUsd: settled?.costNanoUsd ?? 0,
  };
}

function redacted(parts: readonly { path: string; text: string }[], redact: (text: string) => string): ContentEdit[] {
  return parts.filter((part) => redact(part.text) !== part.text).map((part) => ({ path: part.path, text: redact(part.text) }));
}

/** A raw upstream under the test's control. */
export async function startRawUpstream(handler: Parameters<typeof createServer>[1]) {
  const server = createServer(handler as never);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
