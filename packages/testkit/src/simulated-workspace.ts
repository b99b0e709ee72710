const SHAPES = ['openai', 'anthropic', 'gemini'] as const;

export interface SimulatedWorkspaceOptions {
  /** Of the simulated model provider. */
  readonly url: string;
  /** The environment variable with the provider's key. */
  readonly keyFrom: string;
  /** Dollars a million tokens, whatever the model. */
  readonly price?: { readonly input: number; readonly output: number };
  /** More lines of the Workspace. */
  readonly more?: string;
}

/** The beginning of a fleet: a workspace whose direct providers are all the simulated one, and its secret `main`. */
export function simulatedWorkspace({ url, keyFrom, price, more = '' }: SimulatedWorkspaceOptions): string {
  const { input, output } = price ?? { input: 1, output: 2 };
  const prices = SHAPES.map((shape) => `  - { model: ${shape}/*, price: { input: ${input}, output: ${output} } }`);
  return `kind: Workspace
name: default
owner: maya@example.com
providers:
  openai: { baseUrl: "${url}/v1", credential: main }
  anthropic: { baseUrl: "${url}", credential: main }
  gemini: { baseUrl: "${url}", credential: main }
prices:
${prices.join('\n')}
${more}
---
{ kind: Secret, name: main, from: { env: ${keyFrom} } }
`;
}
