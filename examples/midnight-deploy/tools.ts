import type { Tool } from '../stage/tool-world.ts';

const text = { type: 'string', maxLength: 100 };

/** Where builds are tested. */
export const CI: Readonly<Record<string, Tool>> = {
  report_build: {
    description: 'Keeps what the tests of a build found',
    properties: {
      build: text,
      flaky_tests: { type: 'integer', minimum: 0 },
      destructive_migration: { type: 'boolean' },
    },
    act: ({ build }) => `report of ${build} kept`,
  },
};

/** Where builds are deployed, at any hour. */
export const RELEASE: Readonly<Record<string, Tool>> = {
  deploy: {
    description: 'Deploys a build',
    properties: { build: text, environment: { enum: ['staging', 'production'] } },
    act: ({ build, environment }) => `${build} is live in ${environment}`,
  },
};
