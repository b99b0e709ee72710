/** A condition as a tree of few shapes, read once from the engine's JSON so that analyses stay small. */
export type Expression =
  | { readonly op: 'value'; readonly value: boolean | number | string }
  | { readonly op: 'entity'; readonly type: string; readonly id: string }
  | { readonly op: 'var'; readonly name: string }
  | { readonly op: 'get'; readonly of: Expression; readonly attribute: string }
  | { readonly op: 'has'; readonly of: Expression; readonly attributes: readonly string[] }
  | { readonly op: 'unary'; readonly operator: '!' | 'neg' | 'isEmpty'; readonly of: Expression }
  | { readonly op: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly op: 'like'; readonly of: Expression; readonly pattern: readonly (string | null)[] }
  | { readonly op: 'is'; readonly of: Expression; readonly type: string; readonly within: Expression | undefined }
  | { readonly op: 'if'; readonly test: Expression; readonly whenTrue: Expression; readonly whenFalse: Expression }
  | { readonly op: 'set'; readonly items: readonly Expression[] }
  | { readonly op: 'record'; readonly fields: readonly (readonly [string, Expression])[] }
  | { readonly op: 'call'; readonly name: string; readonly args: readonly Expression[] };

type Json = Readonly<Record<string, unknown>>;

const UNARY = { '!': '!', neg: 'neg', isEmpty: 'isEmpty' } as const;

/** @throws on a shape that is not known here: an analysis must never guess. */
export function readExpression(json: unknown): Expression {
  const [operator, body] = Object.entries(json as Json)[0] ?? ['', undefined];
  const node = body as Json;
  switch (operator) {
    case 'Value':
      return readValue(body);
    case 'Var':
      return { op: 'var', name: String(body) };
    case '.':
      return { op: 'get', of: readExpression(node.left), attribute: String(node.attr) };
    case 'has':
      return { op: 'has', of: readExpression(node.left), attributes: [node.attr].flat().map(String) };
    case '!':
    case 'neg':
    case 'isEmpty':
      return { op: 'unary', operator: UNARY[operator], of: readExpression(node.arg) };
    case 'like':
      return { op: 'like', of: readExpression(node.left), pattern: readPattern(node.pattern) };
    case 'is': {
      const within = node.in === undefined ? undefined : readExpression(node.in);
      return { op: 'is', of: readExpression(node.left), type: String(node.entity_type), within };
    }
    case 'if-then-else':
      return {
        op: 'if',
        test: readExpression(node.if),
        whenTrue: readExpression(node.then),
        whenFalse: readExpression(node.else),
      };
    case 'Set':
      return { op: 'set', items: (body as readonly unknown[]).map(readExpression) };
    case 'Record':
      return { op: 'record', fields: Object.entries(node).map(([name, field]) => [name, readExpression(field)]) };
    default:
      return readOperation(operator, body);
  }
}

/** The direct parts of an expression. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.op) {
    case 'value':
    case 'entity':
    case 'var':
      return [];
    case 'get':
    case 'has':
    case 'unary':
    case 'like':
      return [expression.of];
    case 'is':
      return expression.within === undefined ? [expression.of] : [expression.of, expression.within];
    case 'binary':
      return [expression.left, expression.right];
    case 'if':
      return [expression.test, expression.whenTrue, expression.whenFalse];
    case 'set':
      return expression.items;
    case 'record':
      return expression.fields.map(([, field]) => field);
    case 'call':
      return expression.args;
  }
}

function readOperation(operator: string, body: unknown): Expression {
  if (Array.isArray(body)) return { op: 'call', name: operator, args: body.map(readExpression) };
  const node = body as Json | undefined;
  if (node?.left === undefined || node.right === undefined) throw new Error(`unknown Cedar expression ${operator}`);
  return { op: 'binary', operator, left: readExpression(node.left), right: readExpression(node.right) };
}

function readValue(value: unknown): Expression {
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return { op: 'value', value };
  const entity = (value as { __entity?: { type: string; id: string } } | null)?.__entity;
  if (entity !== undefined) return { op: 'entity', type: entity.type, id: entity.id };
  throw new Error(`unknown Cedar value ${JSON.stringify(value)}`);
}

/** A pattern's parts; null is the wildcard. */
function readPattern(parts: unknown): (string | null)[] {
  return (parts as readonly ('Wildcard' | { Literal: string })[]).map((part) =>
    part === 'Wildcard' ? null : part.Literal,
  );
}
