import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Where files take longest, first: a long one at the end would leave all workers but one idle. */
const FOLDERS = ['/test/simulation/', '/test/e2e/', '/test/verify/', '/test/engine/', '/test/', '/src/']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      FOLDERS.findIndex((folder) => moduleId.includes(folder))
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/support/node-first.ts', 'test/support/memory-first.ts'],
    exclude: ['test/fixtures/**', 'node_modules/**', 'dist/**'],
    // Bounds what hangs; a machine that is busy with other work is no failure.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // More than cores: most tests wait for processes and disks a part of their time.
    maxWorkers: 6,
    // Modules hold no state of a run: a process for each file would cost half a second each.
    isolate: false,
    // Node takes the types out of what a thread loads by WebAssembly, and V8 now and then falls over code that several
    // threads of one process share once it makes that faster (Node 24.21, v8::internal::Runtime_TierUpWasmToJSWrapper).
    execArgv: ['--wasm-wrapper-tiering-budget=2000000000'],
    sequence: { sequencer: LongestFirst },
    restoreMocks: true,
    unstubEnvs: true,
  },
})
