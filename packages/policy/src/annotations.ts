/** What a call that a policy holds waits for. */
export type WaitsFor = 'person' | 'facts';

/** What annotations make of a policy. */
export interface Annotations {
  /** `@hold("person")` or `@hold("facts")`: its forbid makes the call wait instead of refusing it. */
  readonly hold: WaitsFor | undefined;
  /** `@message("...")`: what a caller is told whom its forbid refuses or holds. */
  readonly message: string | undefined;
  /** `@mode("dry-run")`: evaluated and recorded, decides nothing. */
  readonly dryRun: boolean;
}

/** What is wrong with an annotation, and what would be right. */
interface AnnotationFault {
  readonly name: string;
  readonly message: string;
}

type Values = Readonly<Record<string, string | null>>;

const MAX_MESSAGE_LENGTH = 500;
const KNOWN = ['id', 'description', 'hold', 'message', 'mode'];

export function readAnnotations(values: Values, effect: 'permit' | 'forbid'): Annotations | AnnotationFault {
  const fault = Object.keys(values)
    .map((name) => faultOf(name, values[name] ?? '', effect))
    .find((found) => found !== undefined);
  if (fault !== undefined) return fault;
  return {
    hold: values.hold === undefined ? undefined : (values.hold as WaitsFor),
    message: values.message ?? undefined,
    dryRun: values.mode === 'dry-run',
  };
}

function faultOf(name: string, value: string, effect: string): AnnotationFault | undefined {
  const wrong = (message: string): AnnotationFault => ({ name, message });
  if (!KNOWN.includes(name))
    return wrong(`unknown annotation @${name}; known are ${KNOWN.map((known) => `@${known}`).join(', ')}`);
  if ((name === 'hold' || name === 'message') && effect === 'permit')
    return wrong(`@${name} belongs on a forbid: a permit ${name === 'hold' ? 'holds nothing' : 'refuses nobody'}`);
  if (name === 'hold' && value !== 'person' && value !== 'facts')
    return wrong('@hold says what the call waits for: @hold("person") or @hold("facts")');
  if (name === 'mode' && value !== 'dry-run' && value !== 'enforce')
    return wrong('@mode is @mode("dry-run") or @mode("enforce")');
  if (name === 'id' && value === '') return wrong('@id is empty; name the policy, such as @id("refund.large")');
  return name === 'message' ? messageFault(value) : undefined;
}

function messageFault(value: string): AnnotationFault | undefined {
  if (value.trim() === '') return { name: 'message', message: '@message is empty; say what would make the call pass' };
  if (value.length > MAX_MESSAGE_LENGTH)
    return { name: 'message', message: `@message has at most ${MAX_MESSAGE_LENGTH} characters` };
  return /\p{Cc}/u.test(value) ? { name: 'message', message: '@message is one line of plain text' } : undefined;
}
