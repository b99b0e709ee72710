import { newId, type ReeveError } from '../lib/index.ts';
import { REALMS, toWireError } from './llm/index.ts';
import { answerOfError } from './mcp/index.ts';

/** What the HTTP edge refuses before a front sees it is still told in the caller's own shape. */
export interface EdgeErrorShape {
  readonly prefix: string;
  readonly render: (error: ReeveError) => {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly body: unknown;
  };
}

export const ERROR_SHAPES: readonly EdgeErrorShape[] = [
  ...(['anthropic', 'gemini', 'openai'] as const).flatMap((shape) =>
    REALMS[shape].map((realm) => ({
      prefix: `${realm}/`,
      render: (error: ReeveError) => {
        const { status, headers, body } = toWireError(shape, error, newId('action'));
        return { status, headers: { ...headers }, body: JSON.parse(body.toString('utf8')) as unknown };
      },
    })),
  ),
  {
    prefix: '/mcp',
    render: (error) => {
      const { status, body } = answerOfError(error);
      return { status, body: { jsonrpc: '2.0', id: null, ...body } };
    },
  },
];
