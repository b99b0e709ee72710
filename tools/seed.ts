// `npm run seed -- NAME`: fills a running server (quickstart fleet) with a deterministic, named scenario. `npm run seed -- list` names them.
import { connect } from './seed/plane.ts';
import { SCENARIOS } from './seed/scenarios.ts';

const [name = 'list'] = process.argv.slice(2);
const scenario = SCENARIOS.find((candidate) => candidate.name === name);

if (scenario === undefined) {
  const lines = SCENARIOS.map(({ name: known, says }) => `  ${known.padEnd(10)} ${says}`);
  process.stdout.write(
    `Scenarios, for a server started with \`npm start\`:\n\n${lines.join('\n')}\n\n  npm run seed -- NAME\n`,
  );
  process.exitCode = name === 'list' ? 0 : 2;
} else {
  const summary = await scenario.run(await connect());
  process.stdout.write(`${summary}\n`);
}
