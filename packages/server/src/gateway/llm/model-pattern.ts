/** Whether an agent's list of models (names, `provider/model`, `provider/*`, `*`) names this one. */
export function isModelListed(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name));
}
