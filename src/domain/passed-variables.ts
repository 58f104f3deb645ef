/** Of a person's environment, what is passed on by name. A variable that is empty counts as not set. */
export function passedVariables(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name] ?? ''
      return value === '' ? [] : [[name, value]]
    }),
  )
}
