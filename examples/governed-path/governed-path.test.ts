import { expect, it } from 'vitest';
import { tell } from './tell.ts';

it('the governed path is told to its end, and every line is as expected', async () => {
  const lines: string[] = [];
  const failures = await tell((line) => lines.push(line));
  expect(lines.filter((line) => line.includes('DIFF'))).toEqual([]);
  expect(failures).toBe(0);
  expect(lines.at(-1)).toContain('Everything is as it should be.');
});
