import { fitPrompt } from '../domain/fit-prompt.ts'
import {
  PROMPT_SECTIONS,
  type FittedPart,
  type Prompt,
  type PromptPart,
  type PromptSection,
} from '../domain/prompt-part.ts'
import { estimatedTokens } from '../domain/prompt-tokens.ts'
import { filledTemplate } from './templates.ts'

/** What a section says of which nothing is to be told. */
const NOTHING: Readonly<Record<PromptSection, string>> = {
  project: 'Nothing is known of it.',
  task: 'Nothing is known of it.',
  code: 'There is none yet.',
  beside: 'There are none that matter to it.',
  refusals: 'There was none.',
  dispute: 'There is none.',
  note: 'There is none.',
}

/** The parts of each section in a template, in so many tokens. What comes from elsewhere stands between lines that it does not hold. */
export function renderPrompt(template: string, parts: readonly PromptPart[], limit: number): Prompt {
  const rules = estimatedTokens(template)
  const fitted = fitPrompt(parts, limit - rules - FENCES)
  const values = Object.fromEntries(
    PROMPT_SECTIONS.map((section) => [section, sectionText(section, fitted)]),
  ) as Record<PromptSection, string>
  const text = filledTemplate(template, values)
  return {
    text,
    tokens: estimatedTokens(text),
    limit,
    parts: [
      { section: 'rules', name: 'rules', text: template, tokens: rules, cut: 0, because: null },
      ...PROMPT_SECTIONS.flatMap((section) => fitted.filter((part) => part.section === section)),
    ],
  }
}

/** Tokens for the lines around sections. */
const FENCES = 200

function sectionText(section: PromptSection, fitted: readonly FittedPart[]): string {
  const told = fitted.filter((part) => part.section === section).map(({ text }) => text)
  const text = told.length === 0 ? NOTHING[section] : told.join('\n\n')
  // A person's own words are no data.
  if (section === 'note') return text
  const fence = fenceFor(text)
  return `${fence}\n${text}\n${fence}`
}

/** A line that the text does not hold: it comes from anywhere, and might end what quotes it. What other sections say changes nothing. */
function fenceFor(text: string): string {
  const runs = text.match(/={20,}/g) ?? []
  return '='.repeat(runs.reduce((longest, run) => Math.max(longest, run.length + 1), 20))
}
