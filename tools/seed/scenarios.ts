import type { Plane } from './plane.ts';

export interface Scenario {
  readonly name: string;
  readonly says: string;
  /** Answers a sentence about what was done. */
  readonly run: (plane: Plane) => Promise<string>;
}

const QUESTIONS = ['When are refunds paid?', 'Who decides exceptions?', 'Summarise refunds.txt', 'What is in notes?'];

export const SCENARIOS: readonly Scenario[] = [
  { name: 'traffic', says: 'forty runs of two agents: model calls, reads, and writes that are refused', run: traffic },
  { name: 'lineage', says: 'a run with two runs of another agent below it', run: lineage },
  { name: 'budget', says: 'the clerk spends its daily cap and is refused', run: budget },
  { name: 'shadow', says: 'five callers that nobody registered', run: shadow },
];

async function traffic(plane: Plane): Promise<string> {
  const statuses = new Map<number, number>();
  const count = (status: number) => statuses.set(status, (statuses.get(status) ?? 0) + 1);
  for (let i = 0; i < 40; i++) {
    const call = {
      agent: 'helper',
      run: `ticket-${i}`,
      feature: i % 2 === 0 ? 'refunds' : 'search',
      user: `user-${i % 7}`,
    };
    count(await plane.chat(call, QUESTIONS[i % QUESTIONS.length] ?? ''));
    count(await plane.act(call, 'files.read_text_file', { path: 'refunds.txt' }));
    if (i % 5 === 0) count(await plane.act(call, 'files.write_file', { path: 'refunds.txt', content: 'paid twice' }));
  }
  return `Sent ${[...statuses].map(([status, times]) => `${times} calls that ended ${status}`).join(', ')}. See: reeve runs, reeve costs --by feature`;
}

async function lineage(plane: Plane): Promise<string> {
  const run = 'lineage';
  await plane.chat({ agent: 'helper', run, feature: 'refunds' }, 'Plan the week');
  for (const child of ['lineage-a', 'lineage-b']) {
    const call = { agent: 'clerk', run: child, parentRun: run, feature: 'refunds' };
    await plane.act(call, 'files.list_directory', { path: '.' });
    await plane.act(call, 'files.write_file', { path: `notes/${child}.txt`, content: 'seen' });
  }
  return `Made run ${run} with two runs below it. See: reeve runs show ${run}`;
}

async function budget(plane: Plane): Promise<string> {
  const limit = 500;
  for (let calls = 1; calls <= limit; calls++) {
    const status = await plane.chat(
      { agent: 'clerk', run: 'spender', feature: 'refunds' },
      'Write a long answer about refunds',
    );
    if (status !== 200)
      return `The clerk was refused with ${status} at call ${calls}. See: reeve budgets --agent clerk`;
  }
  return `The clerk made ${limit} calls without reaching its cap.`;
}

async function shadow(plane: Plane): Promise<string> {
  for (let i = 0; i < 5; i++) await plane.stranger(`sk-made-up-${i}`);
  return 'Five unknown keys were refused. See: reeve agents shadow';
}
