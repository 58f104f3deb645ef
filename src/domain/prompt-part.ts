/** Where a part stands in a prompt. What is the same for the most prompts comes first: providers keep a beginning. */
export const PROMPT_SECTIONS = ['project', 'task', 'code', 'beside', 'refusals', 'dispute', 'note'] as const
export type PromptSection = (typeof PROMPT_SECTIONS)[number]

/** Something that a prompt tells, before it is known whether there is room for it. */
export interface PromptPart {
  readonly section: PromptSection
  readonly name: string
  readonly text: string
  /** Where there is not room for all, what is worth least is cut first. Null: never cut. */
  readonly worth: number | null
  /** Tokens beyond which it is cut however much room there is. Default: none. */
  readonly most?: number
}

/** A part as it is told. */
export interface FittedPart {
  readonly section: PromptSection | 'rules'
  readonly name: string
  readonly text: string
  /** Of what is told, as estimated. */
  readonly tokens: number
  /** Tokens of it that are not told. */
  readonly cut: number
  /** It is longer than such a part may be, or there was no room in the prompt. */
  readonly because: 'length' | 'room' | null
}

/** A prompt as it is kept: what its parts said stands in it. */
export interface KeptPrompt {
  readonly text: string
  readonly tokens: number
  readonly limit: number
  readonly parts: readonly Omit<FittedPart, 'text'>[]
}

/** What an agent is sent, with what it is made of. */
export interface Prompt {
  readonly text: string
  readonly tokens: number
  /** Tokens that it may have. */
  readonly limit: number
  readonly parts: readonly FittedPart[]
}

export function keptPrompt({ text, tokens, limit, parts }: Prompt): KeptPrompt {
  return {
    text,
    tokens,
    limit,
    parts: parts.map((part) => ({
      section: part.section,
      name: part.name,
      tokens: part.tokens,
      cut: part.cut,
      because: part.because,
    })),
  }
}
