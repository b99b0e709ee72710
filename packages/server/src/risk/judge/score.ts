/**
 * Independent reasons for concern, combined: 100 * (1 - (1 - a/100) * (1 - b/100) * ...). A second reason always adds, none alone counts
 * for less, weak ones never add up to certainty, and the order does not matter. Rounded, as policies compare whole numbers.
 */
export function combine(scores: readonly number[]): number {
  let unconcerned = 1;
  for (const score of scores) unconcerned *= 1 - score / 100;
  return Math.round(100 * (1 - unconcerned));
}
