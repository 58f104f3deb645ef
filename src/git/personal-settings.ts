import type { GitCommand } from './git-command.ts'

export interface PersonalSetting {
  /** Lower case, as git prints it. */
  readonly key: string
  readonly value: string
  /** From the configuration of the machine or of the person; false for what the repository itself says. */
  readonly isPersonal: boolean
}

/** What the person's own configuration says in a work tree, for names that match. Later entries win, as for git. */
export async function personalSettings(
  git: GitCommand,
  workGitDir: string,
  pattern: string,
): Promise<PersonalSetting[]> {
  const answer = await git.run({
    args: ['config', '--null', '--show-scope', '--get-regexp', pattern],
    gitDir: workGitDir,
    personal: true,
    answers: [0, 1],
  })
  const fields = answer.stdout.toString('utf8').split('\0')
  const settings: PersonalSetting[] = []
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const entry = fields[index + 1] ?? ''
    const end = entry.indexOf('\n')
    settings.push({
      key: end < 0 ? entry : entry.slice(0, end),
      // A name alone, without "=", says yes.
      value: end < 0 ? 'true' : entry.slice(end + 1),
      isPersonal: PERSONAL_SCOPES.includes(fields[index] ?? ''),
    })
  }
  return settings
}

const PERSONAL_SCOPES = ['system', 'global']
