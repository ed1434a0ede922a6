/** Whose turn an event is in a conversation. */
export type Side = 'customer' | 'ai' | 'agent' | 'desk';

/** Something that an event says beside its name. */
export interface Fact {
  key: FactKey;
  value: string | number | boolean;
}

/** An event as the conversation shows it. */
export interface Turn {
  side: Side;
  /** What was said, where the product sends it. */
  text: string | null;
  facts: Fact[];
  /** What is left of `data`. */
  rest: Record<string, unknown>;
}

const KEYS = [
  'response_time',
  'duration',
  'tokens',
  'model',
  'channel',
  'channel_name',
  'visitor_id',
  'customer_name',
  'queue',
  'agent_id',
  'agent_name',
  'reason',
  'from',
  'to',
  'by',
  'resolved',
  'score',
] as const;
export type FactKey = (typeof KEYS)[number];

/** Fields in which products send what was said. */
const TEXTS = ['text', 'content', 'message', 'comment'];

const SIDES: Record<string, Side> = {
  'message.customer': 'customer',
  'message.ai': 'ai',
  'message.agent': 'agent',
  'rating.submit': 'customer',
};

/** Reads an event: what is known of its data, and the rest as it is. */
export function turnOf({ name, data }: { name: string; data: unknown }): Turn {
  const turn: Turn = { side: SIDES[name] ?? 'desk', text: null, facts: [], rest: {} };
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return data === null ? turn : { ...turn, rest: { data } };
  }
  for (const [key, value] of Object.entries(data)) {
    if (value === null || value === '') {
      continue;
    }
    if (turn.text === null && TEXTS.includes(key) && typeof value === 'string') {
      turn.text = value;
    } else if (isFactKey(key) && isPlain(value)) {
      turn.facts.push({ key, value });
    } else {
      turn.rest[key] = value;
    }
  }
  turn.facts = withoutDoubles(turn.facts);
  turn.facts.sort((one, other) => KEYS.indexOf(one.key) - KEYS.indexOf(other.key));
  return turn;
}

/** A name says more than the id beside it. */
function withoutDoubles(facts: Fact[]): Fact[] {
  const has = (key: FactKey) => facts.some((fact) => fact.key === key);
  return facts.filter(
    ({ key }) =>
      !(key === 'channel' && has('channel_name')) && !(key === 'agent_id' && has('agent_name')),
  );
}

function isFactKey(key: string): key is FactKey {
  return (KEYS as readonly string[]).includes(key);
}

function isPlain(value: unknown): value is Fact['value'] {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
