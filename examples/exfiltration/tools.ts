import type { Tool } from '../stage/tool-world.ts';

const text = { type: 'string', maxLength: 100 };

/** A customer register that answers every question. */
export const CRM: Readonly<Record<string, Tool>> = {
  get_customer: {
    description: 'One customer',
    properties: { customer: text },
    act: ({ customer }) => `customer ${customer}: 3 orders, last one delivered`,
  },
  export_customers: {
    description: 'All customers of a segment as a file',
    properties: { segment: text },
    act: ({ segment }) => `12,400 customers of ${segment} exported`,
  },
};
