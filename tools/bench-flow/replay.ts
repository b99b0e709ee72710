import type { ActionId, Finding, RunId } from '@reeve/contracts';
import { decisionOf, Flows } from '@reeve/server';
import type { Recorded } from './recording.ts';
import type { KnownTool, ToolCatalogue } from './tool-catalogue.ts';

export interface Decided {
  /** Index among the run's steps. */
  readonly step: number;
  readonly tool: KnownTool;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** What spoke against it; empty for a call that may go on. */
  readonly stopped: readonly Finding[];
}

const WORKSPACE = 'bench';
const AGENT = 'recorded';
/** As the policies of a fleet would say it of a tool that the agent may call: what is left to decide is the flow. */
const PERMITTED: Finding = { by: 'policy', verdict: 'allow', message: 'permitted' };

/** Puts recorded calls, one after the other, to the parts that decide in the server. */
export class Replay {
  readonly #tools: ToolCatalogue;
  readonly #flows: Flows;
  #runs = 0;
  calls = 0;
  micros = 0;

  constructor(tools: ToolCatalogue) {
    this.#tools = tools;
    this.#flows = new Flows({ toolOf: (_scope, name) => tools(name) });
  }

  /** Open loop: whatever is decided, the recorded result follows. */
  run(recorded: Recorded): Decided[] {
    const id = `run_${++this.#runs}` as RunId;
    const scope = { workspace: WORKSPACE, agent: AGENT, run: id, root: id, atMs: 0 };
    const decided: Decided[] = [];
    const open: { action: ActionId; tool: KnownTool; args: Decided['args'] }[] = [];
    this.#flows.heard(scope, { messages: recorded.prompt.map((text) => ({ role: 'user', text })) });
    for (const [step, entry] of recorded.steps.entries()) {
      if (entry.kind === 'call') {
        const tool = this.#tools(entry.tool);
        const action = `act_${this.#runs}_${step}` as ActionId;
        open.push({ action, tool, args: entry.args });
        decided.push({
          step,
          tool,
          name: entry.tool,
          args: entry.args,
          stopped: this.#decide(scope, action, tool, entry.args),
        });
      } else {
        const call = open.shift() ?? {
          action: `act_${this.#runs}_${step}` as ActionId,
          tool: this.#tools(entry.tool),
          args: {},
        };
        this.#flows.received({
          ...scope,
          ...factsOf(call.tool),
          action: call.action,
          args: call.args,
          trust: call.tool.trust,
          texts: [entry.text],
        });
      }
    }
    return decided;
  }

  #decide(
    scope: Parameters<Flows['heard']>[0],
    action: ActionId,
    tool: KnownTool,
    args: Decided['args'],
  ): readonly Finding[] {
    const before = process.hrtime.bigint();
    const findings = this.#flows.assess({
      ...scope,
      ...factsOf(tool),
      action,
      args,
      inputSchema: tool.declaration?.inputSchema,
      description: tool.declaration?.description,
    });
    const { verdict } = decisionOf([PERMITTED, ...findings], 'sha256:recorded');
    this.micros += Number(process.hrtime.bigint() - before) / 1_000;
    this.calls += 1;
    return verdict === 'allow' || verdict === 'modify' ? [] : findings;
  }
}

function factsOf({ target, effect, declaration }: KnownTool): Pick<KnownTool, 'target' | 'effect' | 'declaration'> {
  return { target, effect, declaration };
}
