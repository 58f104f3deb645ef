/** A coding agent that does good work, and leaves a mark outside of everything that the program knows. For `agents.command`. */
import { mkdirSync, writeFileSync } from 'node:fs'

const { TDD_TASK: task, TDD_STAGE: stage, TDD_ATTEMPT: attempt } = process.env
const [ledger] = process.argv.slice(2)
const name = task.toLowerCase().replace(/-1$/, '')
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const mark = async (facts) =>
  await fetch(ledger, {
    method: 'POST',
    body: JSON.stringify({ attempt: Number(attempt), task, stage, ...facts }),
  })

await mark({ tokens: 0, ended: false })
await pause(50 + Math.random() * 250)
mkdirSync('test', { recursive: true })
mkdirSync('src', { recursive: true })
if (stage.startsWith('red'))
  writeFileSync(
    `test/${name}.test.js`,
    `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { ${name} } from '../src/${name}.js'
test('AC-1 ${name}', () => assert.equal(${name}(2), 4))
`,
  )
else writeFileSync(`src/${name}.js`, `export const ${name} = (n) => n + n\n`)
// The first task uses the most: what is set aside for those that come after is enough.
const tokens = name === 'first' ? 100 : 10 + Math.floor(Math.random() * 90)
await mark({ tokens, ended: true })
console.log(JSON.stringify({ type: 'turn.completed', usage: { input_tokens: 0, output_tokens: tokens } }))
