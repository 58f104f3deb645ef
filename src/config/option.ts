import type { z } from 'zod'

/** One configuration value: its shape, default and words. Everything else (files, variables, flags, docs) follows from it. */
export interface Option<T> {
  readonly shape: z.ZodType<NonNullable<T>>
  readonly fallback: (machine: Machine) => T
  /** The default in words. */
  readonly fallbackText: string
  readonly unit: string | null
  /** The environment variable that sets it. */
  readonly env: string | null
  /** A path: `~/` is the home directory, relative ones start at the repository (file) or where the command was typed. */
  readonly isPath: boolean
  /** Never printed, neither by `config` nor in an error. */
  readonly isSecret: boolean
  readonly doc: string
}

/** What defaults depend on. */
export interface Machine {
  readonly cores: number
  readonly home: string
  /** `$XDG_STATE_HOME`, or null. */
  readonly stateHome: string | null
}

export interface Words {
  readonly doc: string
  readonly unit?: string
  readonly env?: string
  readonly isPath?: boolean
  readonly isSecret?: boolean
}

/** An option with a fixed default. */
export function option<T extends string | number | boolean>(
  shape: z.ZodType<T>,
  fallback: NoInfer<T>,
  words: Words,
): Option<T> {
  return {
    shape: asNonNullable(shape),
    fallback: () => fallback,
    fallbackText: String(fallback),
    ...filled(words),
  }
}

/** An option that is unset by default. */
export function optional<T>(
  shape: z.ZodType<T>,
  words: Words & { readonly unset?: string },
): Option<T | null> {
  return {
    shape: asNonNullable<T | null>(shape),
    fallback: () => null,
    fallbackText: words.unset ?? 'none',
    ...filled(words),
  }
}

/** An option that may have no value, and whose default may be a value all the same. */
export function optionalWith<T extends string | number>(
  shape: z.ZodType<T>,
  fallback: NoInfer<T> | null,
  words: Words & { readonly unset: string },
): Option<T | null> {
  return {
    shape: asNonNullable<T | null>(shape),
    fallback: () => fallback,
    fallbackText: fallback === null ? words.unset : String(fallback),
    ...filled(words),
  }
}

/** An option whose default depends on the machine. */
export function computed<T extends string | number>(
  shape: z.ZodType<T>,
  fallback: (machine: Machine) => T,
  words: Words & { readonly fallbackText: string },
): Option<T> {
  return { shape: asNonNullable(shape), fallback, fallbackText: words.fallbackText, ...filled(words) }
}

function asNonNullable<T>(shape: z.ZodType): z.ZodType<NonNullable<T>> {
  return shape as z.ZodType<NonNullable<T>>
}

function filled(words: Words): Pick<Option<never>, 'doc' | 'unit' | 'env' | 'isPath' | 'isSecret'> {
  const { doc, unit = null, env = null, isPath = false, isSecret = false } = words
  return { doc, unit, env, isPath, isSecret }
}
