import type { Tool } from '../stage/tool-world.ts';

const text = { type: 'string', maxLength: 100 };
type Tools = Readonly<Record<string, Tool>>;

export const EC2: Tools = {
  authorize_ingress: {
    description: 'Opens a port of a service to a range of addresses',
    properties: { service: text, cidr: text, port: { type: 'integer', minimum: 1, maximum: 65_535 } },
    act: ({ service, cidr, port }) => `port ${port} of ${service} is open to ${cidr}`,
  },
};

export const DEPLOY: Tools = {
  release: {
    description: 'Releases a version of a service',
    properties: { service: text, version: text },
    act: ({ service, version }) => `${service} runs ${version}`,
  },
};

export const DNS: Tools = {
  create_record: {
    description: 'Gives a service a public name',
    properties: { service: text, name: text },
    act: ({ service, name }) => `${name} leads to ${service}`,
  },
};
