import type { Tool } from '../stage/tool-world.ts';

const text = { type: 'string', maxLength: 100 };
const money = { type: 'number', exclusiveMinimum: 0 };

let orders = 0;

/** An ERP system that orders whatever it is told to. */
export const ERP: Readonly<Record<string, Tool>> = {
  find_vendor: {
    description: 'Finds vendors of an article',
    properties: { article: text },
    act: ({ article }) => `acme-office and paper-direct sell ${article}`,
  },
  create_purchase_order: {
    description: 'Orders from a vendor',
    properties: { vendor: text, article: text, amount_usd: money },
    act: ({ vendor, amount_usd }) => `PO-${4700 + ++orders} placed with ${vendor} for $${amount_usd}`,
  },
  cancel_purchase_order: {
    description: 'Cancels an order',
    properties: { vendor: text, amount_usd: money },
    act: ({ vendor }) => `the order with ${vendor} is cancelled`,
  },
};
