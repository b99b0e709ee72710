import { expect, test } from 'vitest';
import { crashRounds } from './crash-rounds.ts';

const ROUNDS = 20;

test(`killed ${ROUNDS} times in the middle of load: what was acknowledged is on record, and nothing happened twice`, {
  timeout: 240_000,
}, async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  console.info(`seed ${seed}`);
  const report = await crashRounds(ROUNDS, seed);
  console.info(report);
  expect(report.acknowledged).toBeGreaterThan(ROUNDS);
  expect(report.orders).toBeGreaterThan(0);
});
