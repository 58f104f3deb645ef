/**
 * Answers the bench, one question after the other, until it hangs up. Whatever fails ends this process with its stack, and
 * the bench tells it.
 */
export function answer(measure) {
  process.on('message', async (question) => process.send(await measure(question)))
  process.once('disconnect', () => process.exit(0))
  process.send('ready')
}
