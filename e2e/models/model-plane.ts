import { type ModelProvider, type Reeve, simulatedWorkspace, startModelProvider, startReeve } from '@reeve/testkit';

export const UPSTREAM_KEY = 'upstream-key-that-no-agent-knows';

/** A server whose agent may use three routes and all direct models of a simulated provider. */
export async function startModelPlane(
  environment = { UPSTREAM_KEY },
): Promise<AsyncDisposable & { reeve: Reeve; provider: ModelProvider; key: string }> {
  const provider = await startModelProvider({ apiKey: UPSTREAM_KEY });
  const reeve = await startReeve({
    environment,
    fleet: { 'fleet.yaml': fleetOf(provider.url), 'policies/forbidden.cedar': FORBIDDEN },
  });
  return {
    reeve,
    provider,
    key: await reeve.key('tester'),
    async [Symbol.asyncDispose]() {
      await reeve[Symbol.asyncDispose]();
      await provider.close();
    },
  };
}

function fleetOf(url: string): string {
  return `${simulatedWorkspace({ url, keyFrom: 'UPSTREAM_KEY' })}---
{ kind: Agent, name: tester, owner: maya@example.com, purpose: Tests the model plane, models: ["*"] }
---
{ kind: Agent, name: other, owner: maya@example.com, purpose: Tests what another agent may, models: ["*"] }
---
{ kind: Model, name: small, targets: [{ provider: openai, model: sim-error-500 }, { provider: openai, model: gpt-x }], retry: { attempts: 0 } }
`;
}

const FORBIDDEN = ['openai', 'anthropic', 'gemini']
  .map(
    (provider) =>
      `forbid (principal, action == Reeve::Action::"generate", resource == Reeve::Model::"${provider}/forbidden-x");`,
  )
  .join('\n');

export const PROMPT = 'say "one two three"';
export const SAID = 'one two three';
export const TOOL_PROMPT = 'call tool weather with {"city":"Oslo"}';

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
