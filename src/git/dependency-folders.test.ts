import { describe, expect, it } from 'vitest'
import { isDependencyFolder, isDependencyFolderByContent } from './dependency-folders.ts'

describe('isDependencyFolder', () => {
  it('knows what package managers and tools fill', () => {
    for (const name of ['node_modules', '.venv', '__pycache__', '.pytest_cache', 'thing.egg-info']) {
      expect(isDependencyFolder(name, [])).toBe(true)
    }
  })

  it('takes a common name for one only beside what explains it', () => {
    expect(isDependencyFolder('target', ['Cargo.toml', 'src'])).toBe(true)
    expect(isDependencyFolder('target', ['src'])).toBe(false)
    expect(isDependencyFolder('obj', ['App.csproj'])).toBe(true)
    expect(isDependencyFolder('obj', ['app.c'])).toBe(false)
  })

  it('leaves the names of sources alone', () => {
    for (const name of ['src', 'lib', 'dist', 'build', 'vendor', 'coverage', 'env', 'cache', 'constructor']) {
      expect(isDependencyFolder(name, ['package.json', 'main.c'])).toBe(false)
    }
  })
})

describe('isDependencyFolderByContent', () => {
  it('knows a report of coverage from a folder of that name', () => {
    expect(isDependencyFolderByContent('coverage', ['lcov.info'])).toBe(true)
    expect(isDependencyFolderByContent('coverage', ['merge.ts'])).toBe(false)
    expect(isDependencyFolderByContent('src', ['lcov.info'])).toBe(false)
  })
})
