/** The templates that a run asks with, and what each attempt was sent. */
export const PROMPTS_0012 = `
CREATE TABLE run_prompts (
  run TEXT PRIMARY KEY REFERENCES runs (id),
  -- {stage: template}
  templates TEXT NOT NULL
) STRICT;

CREATE TABLE attempt_prompts (
  attempt_id INTEGER PRIMARY KEY REFERENCES attempts (id),
  -- Deflated UTF-8.
  packed BLOB NOT NULL,
  tokens INTEGER NOT NULL,
  token_limit INTEGER NOT NULL,
  -- [{section, name, tokens, cut, because}, …]
  parts TEXT NOT NULL
) STRICT;
`
