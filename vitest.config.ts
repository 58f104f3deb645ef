import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/support/node-first.ts'],
    exclude: ['test/fixtures/**', 'node_modules/**', 'dist/**'],
    // Bounds what hangs; a machine that is busy with other work is no failure.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Two more than cores: most tests wait for processes a part of their time.
    maxWorkers: 4,
    // Modules hold no state of a run: a process for each file would cost half a second each.
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
  },
})
