/** What a day or a model has used: parts that do not overlap, and make up all of it. */
export interface Tokens {
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  unsplitTokens: number;
}

/** The parts in the order they are shown in, each with its colour. */
export const PARTS = [
  { field: 'inputTokens', colour: '--series-2' },
  { field: 'cachedInputTokens', colour: '--series-1' },
  { field: 'outputTokens', colour: '--series-3' },
  { field: 'reasoningTokens', colour: '--series-4' },
  { field: 'unsplitTokens', colour: '--series-6' },
] as const satisfies readonly { field: keyof Tokens; colour: string }[];

export type Part = (typeof PARTS)[number]['field'];
