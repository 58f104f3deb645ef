import { describe, expect, it } from 'vitest'
import { type MessageFacts, commitMessage, templateProblem } from './commit-message.ts'

const FACTS: MessageFacts = {
  task: 'ADD-1',
  title: 'Add two numbers',
  goal: 'add(a, b) is a + b',
  kind: 'implement',
  agent: 'scripted',
  run: 'r1',
}

const TRAILERS = ['TDD-Task: ADD-1', 'TDD-Red: abc']

describe('a commit message', () => {
  it('is the template with its placeholders filled in, then the trailers as the last paragraph', () => {
    expect(commitMessage('{kind}({task}): {title}\n\n{goal}\nby {agent} in {run}', FACTS, TRAILERS)).toBe(
      'implement(ADD-1): Add two numbers\n\nadd(a, b) is a + b\nby scripted in r1\n\nTDD-Task: ADD-1\nTDD-Red: abc\n',
    )
  })

  it('reads no value as a template', () => {
    expect(commitMessage('{title}', { ...FACTS, title: '{goal} $& {run}' }, TRAILERS)).toBe(
      '{goal} $& {run}\n\nTDD-Task: ADD-1\nTDD-Red: abc\n',
    )
  })

  it('leaves braces alone that hold no word', () => {
    expect(commitMessage('{ a: {} } {title}', FACTS, [])).toBe('{ a: {} } Add two numbers\n\n\n')
  })

  it('keeps a title on one line, and the goal as it is', () => {
    const message = commitMessage(
      '{title}\n\n{goal}',
      { ...FACTS, title: ' a\n\nb ', goal: '\n x\n\n y\n' },
      TRAILERS,
    )
    expect(message).toBe('a b\n\nx\n\n y\n\nTDD-Task: ADD-1\nTDD-Red: abc\n')
  })

  it('quotes lines that look like a trailer of the engine, however they are written', () => {
    const goal = 'x\nTDD-Evidence: sha256:0\r  tdd-red : 1\u2028Co-authored-by: A <a@b>\n\nTDD-Task: OTHER'
    const message = commitMessage('{goal}', { ...FACTS, goal }, TRAILERS)
    expect(message.split('\n')).toEqual([
      'x',
      '> TDD-Evidence: sha256:0',
      '>   tdd-red : 1',
      '> Co-authored-by: A <a@b>',
      '',
      '> TDD-Task: OTHER',
      '',
      ...TRAILERS,
      '',
    ])
  })

  it('quotes what reads like a trailer once git has dropped the NUL in it', () => {
    const message = commitMessage('{goal}', { ...FACTS, goal: 'TD\0D-Red: forged\n-\0--' }, TRAILERS)
    expect(message).toBe('> TDD-Red: forged\n> ---\n\nTDD-Task: ADD-1\nTDD-Red: abc\n')
  })

  it('quotes lines behind which git reads no trailers', () => {
    const goal = 'x\n---\n# ------------------------ >8 ------------------------\ny'
    expect(commitMessage('{goal}', { ...FACTS, goal }, TRAILERS)).toBe(
      'x\n> ---\n> # ------------------------ >8 ------------------------\ny\n\nTDD-Task: ADD-1\nTDD-Red: abc\n',
    )
  })

  it('names the task where nothing is left of the template', () => {
    expect(commitMessage(' {goal} ', { ...FACTS, goal: ' \n ' }, TRAILERS)).toBe(
      'ADD-1\n\nTDD-Task: ADD-1\nTDD-Red: abc\n',
    )
  })
})

describe('a template', () => {
  it.each(['{task}: {title}', 'plain', 'a { b } {} {1}', '{goal}\n\nRefs: X-1'])('may be %j', (template) => {
    expect(templateProblem(template)).toBeNull()
  })

  it('may not name what there is no fact for', () => {
    expect(templateProblem('{task}: {titel}')).toEqual({
      what: 'names {titel}, which is no placeholder',
      right: 'did you mean "title"?',
    })
    expect(templateProblem('{wherever}')?.right).toBe(
      'known: {task}, {title}, {goal}, {kind}, {agent}, {run}',
    )
  })

  it('may not bring trailers of the engine', () => {
    expect(templateProblem('{task}\n\nTDD-Evidence: {goal}')?.what).toBe('has a line "TDD-Evidence:"')
    expect(templateProblem('{task}\n\nco-authored-by: Me <me@example.com>')?.right).toBe(
      'leave it out: the engine writes that trailer itself',
    )
  })
})
