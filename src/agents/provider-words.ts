import type { AgentResult } from './agent.ts'

const RATE_LIMIT = /rate.?limit|too many requests|\b429\b|usage limit|quota/i
const OVERLOADED =
  /overloaded|at capacity|server_error|bad gateway|unavailable|\b5(?:0[0234]|29)\b|connection (?:dropped|reset|lost|refused|error)|fetch failed|ECONN|ETIMEDOUT|EAI_AGAIN/i
/** No word that stands in the names of files and tests as well: it pauses the run. */
const NO_KEY =
  /authentication[_ ](?:error|required|failed)|not authenticated|unauthori[sz]ed|(?:error|status|code|http)\W{0,3}40[123]\b|\b40[123] (?:unauthorized|payment|forbidden)|(?:invalid|incorrect|missing|no) (?:x-)?api.?key|billing_error|credit balance/i
const NO_MODEL = /model_not_found|not_found_error|model\b.{0,100}\b(?:not exist|not found|not supported)/i

/** What an agent's words about its provider mean, where it says no more than words; null where they say nothing of it; pure. */
export function resultOfWords(text: string): AgentResult | null {
  if (RATE_LIMIT.test(text)) return limit('rate_limit', text)
  if (OVERLOADED.test(text)) return limit('overloaded', text)
  if (NO_KEY.test(text)) return { kind: 'infrastructure', code: 'auth', detail: text }
  if (NO_MODEL.test(text)) return { kind: 'infrastructure', code: 'model', detail: text }
  return null
}

function limit(cause: 'rate_limit' | 'overloaded', detail: string): AgentResult {
  return { kind: 'provider_limit', cause, resetAt: null, detail }
}
