import { type ApiRoutes, durationMs } from '@reeve/contracts';
import type { Backtests } from '../gateway/backtest/index.ts';
import type { ApiHandlers } from '../http/index.ts';

type PolicyRoutes = Pick<ApiRoutes, Extract<keyof ApiRoutes, `backtests.${string}`>>;

export interface PolicyParts {
  readonly backtests: Backtests;
  readonly now: () => number;
}

export function policyHandlers({ backtests, now }: PolicyParts): ApiHandlers<PolicyRoutes> {
  return {
    'backtests.start': ({ query: { workspace }, body: { files, since, agent, changes, limit } }) =>
      backtests.start({
        workspace,
        source: files === undefined ? undefined : { files },
        sinceMs: now() - durationMs(since),
        agent,
        listed: changes,
        limit,
      }),
    'backtests.get': async ({ query, params }) => backtests.get(query.workspace, params.backtest),
    'backtests.cancel': ({ query, params }) => backtests.cancel(query.workspace, params.backtest),
  };
}
