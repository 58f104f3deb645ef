import type { InputOptions, OutputOptions } from 'rolldown'

/** Stays a package of its own: native code, and what a person's own telemetry shares with us. */
const EXTERNAL = /^(?:node:|@ast-grep\/|@opentelemetry\/)/

/** How rolldown reads modules: those of dist, and those that the bench measures as they are in dist. */
export function inputOptions(root: string): InputOptions {
  return { cwd: root, platform: 'node', external: (id) => EXTERNAL.test(id) }
}

/** Chunks are one folder below, all of them: src/runtime/own-files.ts counts on it. */
export const OUTPUT = {
  format: 'esm',
  chunkFileNames: 'chunks/[name]-[hash].js',
} as const satisfies OutputOptions
