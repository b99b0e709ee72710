import { expect, it } from 'vitest';
import { tell as escalationChain } from './escalation-chain/tell.ts';
import { tell as exfiltration } from './exfiltration/tell.ts';
import { tell as feedbackLoop } from './feedback-loop/tell.ts';
import { tell as midnightDeploy } from './midnight-deploy/tell.ts';
import { tell as purchaseOrder } from './purchase-order/tell.ts';

it.each([
  ['runaway purchase order', purchaseOrder],
  ['exfiltration one record at a time', exfiltration],
  ['midnight deployment', midnightDeploy],
  ['escalation chain', escalationChain],
  ['feedback loop', feedbackLoop],
])('the story of the %s is told to its end: caught with its reasons, and its benign twin passes', async (_, tell) => {
  const lines: string[] = [];
  const failures = await tell((line) => lines.push(line));
  expect(lines.filter((line) => line.includes('DIFF'))).toEqual([]);
  expect(failures).toBe(0);
  expect(lines.at(-1)).toContain('Everything is as it should be.');
});
