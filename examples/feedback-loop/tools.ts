import type { Tool } from '../stage/tool-world.ts';

const sku = { type: 'string', maxLength: 100 };

/** A shop on a market that answers: whoever sets a price, others follow a little above it. */
export function openShop(): Readonly<Record<string, Tool>> {
  const prices = new Map<unknown, number>();
  return {
    market_price: {
      description: 'What others ask for an article',
      properties: { sku },
      act: (args) => String(Math.round((prices.get(args.sku) ?? 100) * 112) / 100),
    },
    set_price: {
      description: 'Sets the price of an article',
      properties: { sku, price: { type: 'number', exclusiveMinimum: 0 } },
      act: (args) => {
        prices.set(args.sku, Number(args.price));
        return `${args.sku} costs ${args.price}`;
      },
    },
  };
}
