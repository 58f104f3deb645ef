import { describe, expect, it } from 'vitest'
import { hasPytest } from '../../support/tools.ts'
import type { Suite } from '../../../src/domain/suite.ts'
import { planStubs } from '../../../src/verify/stubs/plan-stubs.ts'
import { type Files, PYTEST_SUITE, requestFor, runProject } from './stub-project.ts'

async function against(files: Files, sources: readonly string[]) {
  const plan = await planStubs(
    requestFor(files, { suite: PYTEST_SUITE, sources, testFiles: ['tests/test_a.py'] }),
  )
  const throwing = runProject({ ...files, ...Object.fromEntries(plan.throwing) }, 'pytest', 'tests/test_a.py')
  const silent = runProject({ ...files, ...Object.fromEntries(plan.undefined) }, 'pytest', 'tests/test_a.py')
  return { plan, throwing, silent }
}

describe.skipIf(!hasPytest())('Python stubs', () => {
  it('hide no module of the language and no installed one where the sources are a pattern', async () => {
    const files = {
      'pyproject.toml': '[tool.pytest.ini_options]\npythonpath = ["src"]\n',
      'src/pkg/__init__.py': '',
      'tests/test_a.py': `import contextlib
import pytest
from os import path
from pkg.late import late

def test_late(): assert late() == 1
`,
    }
    const { plan, throwing } = await against(files, ['src/**'])
    expect([...plan.throwing.keys()]).toEqual(['src/pkg/late.py'])
    expect(throwing.tests).toEqual({ test_late: 'mark' })
  })

  it('serve as function, class, base class, constant and exception, each test on its own', async () => {
    const files = {
      'pyproject.toml': '[tool.pytest.ini_options]\npythonpath = ["src"]\n',
      'src/pkg/__init__.py': '',
      'src/pkg/old.py':
        'from __future__ import annotations\ndef kept():\n    return 1\nif True:\n    spare: int = 2\n',
      'tests/test_a.py': `import pytest
import pkg.whole
from pkg.parse import parse, LIMIT, Box, ParseError
from pkg.old import kept, spare, fresh
from pkg import late

class Big(Box):
    pass

def test_old(): assert kept() == 1 and spare == 2
def test_fresh(): assert fresh() == 1
def test_call(): assert parse("a") == 1
def test_constant(): assert LIMIT == 3
def test_arithmetic(): assert LIMIT > 2
def test_class(): assert Box(1).size == 1
def test_subclass(): assert Big().size == 1
def test_error_class():
    with pytest.raises(ParseError):
        parse("")
def test_any_error():
    with pytest.raises(Exception):
        parse("")
def test_method_error():
    with pytest.raises(Exception):
        Box().open()
def test_whole(): assert pkg.whole.go() == 1
def test_late(): assert late.run() == 1
def test_callable(): assert callable(parse)
`,
    }
    const { plan, throwing, silent } = await against(files, ['src/pkg/**', 'src/pkg/late.py'])
    expect(plan.records.map((record) => [record.path, record.kind, ...record.names])).toEqual([
      ['src/pkg/whole.py', 'file', 'go'],
      ['src/pkg/parse.py', 'file', 'Box', 'LIMIT', 'ParseError', 'parse'],
      ['src/pkg/old.py', 'appended_exports', 'fresh'],
      ['src/pkg/late.py', 'file'],
    ])
    expect(throwing.tests).toEqual({
      test_old: 'passed',
      test_fresh: 'mark',
      test_call: 'mark',
      test_constant: 'assertion',
      test_arithmetic: 'mark',
      test_class: 'mark',
      test_subclass: 'mark',
      test_error_class: 'mark',
      test_any_error: 'passed',
      test_method_error: 'passed',
      test_whole: 'mark',
      test_late: 'mark',
      test_callable: 'passed',
    })
    expect(silent.tests).toMatchObject({
      test_any_error: 'assertion',
      test_method_error: 'assertion',
      test_callable: 'passed',
    })
  })

  it('are made for relative imports and packages that are not there, and not for installed or foreign modules', async () => {
    const files = {
      'pkg/__init__.py': '',
      'tests/__init__.py': '',
      'tests/helpers.py': 'from pkg.deep.more import value\n',
      'tests/test_a.py':
        'import os, requests\nfrom .helpers import value\nfrom pkg.elsewhere import x\n\ndef test_value():\n    assert value() == 1\n',
    }
    const plan = await planStubs(
      requestFor(files, { suite: PYTEST_SUITE, sources: ['pkg/deep/**'], testFiles: ['tests/test_a.py'] }),
    )
    expect(plan.records).toEqual([{ path: 'pkg/deep/more.py', kind: 'file', names: ['value'] }])
    expect(plan.foreign).toEqual([{ file: 'tests/test_a.py', specifier: 'pkg.elsewhere' }])
  })

  it.each<readonly [string, Files, Partial<Suite>]>([
    ['the PYTHONPATH of the suite', {}, { env: { PYTHONPATH: 'lib:/opt/other' } }],
    ['a PYTHONPATH relative to its directory', {}, { cwd: 'tests', env: { PYTHONPATH: '../lib' } }],
    ['pythonpath of pytest', { 'pytest.ini': '[pytest]\npythonpath=lib\n' }, {}],
    ['a file that the task names', { 'tests/conftest.py': "import sys\nsys.path.insert(0, 'lib')\n" }, {}],
  ])('are made where modules are imported from, as told by %s', async (_, settings, over) => {
    const files = {
      ...settings,
      'lib/calc.py': 'def add(a, b):\n    return a + b\n',
      'lib/pkg/__init__.py': '',
      'lib/pkg/json.py': '',
      'tests/test_a.py': 'import json\nfrom calc import add, sub\nfrom mul import mul\njson.loads("1")\n',
    }
    const plan = await planStubs(
      requestFor(files, {
        suite: { ...PYTEST_SUITE, sources: ['lib/**'], runner: 'junit', ...over },
        sources: ['lib/**', 'lib/calc.py', 'lib/mul.py', 'lib/pkg/json.py'],
        testFiles: ['tests/test_a.py'],
      }),
    )
    expect(plan.records).toEqual([
      { path: 'lib/calc.py', kind: 'appended_exports', names: ['sub'] },
      { path: 'lib/mul.py', kind: 'file', names: ['mul'] },
    ])
  })

  it('are made for what a conftest above the tests imports', async () => {
    const files = {
      'conftest.py': 'from pkg.top import top\n',
      'tests/conftest.py': 'from pkg.stack import Stack\n',
      'tests/deep/conftest.py': 'from pkg.deep import deep\n',
      'src/pkg/__init__.py': '',
      'tests/test_a.py': 'def test_push(stack):\n    stack.push(1)\n',
    }
    const plan = await planStubs(
      requestFor(files, { suite: PYTEST_SUITE, sources: ['src/**'], testFiles: ['tests/test_a.py'] }),
    )
    expect(plan.records.map(({ path }) => path)).toEqual(['src/pkg/top.py', 'src/pkg/stack.py'])
    expect(plan.followed).toEqual(['tests/test_a.py', 'conftest.py', 'tests/conftest.py'])
  })

  it('are left out where a module answers for missing names itself', async () => {
    const files = {
      'pkg/__init__.py': 'def __getattr__(name):\n    return 1\n',
      'tests/test_a.py': 'from pkg import anything\n',
    }
    const plan = await planStubs(
      requestFor(files, { suite: PYTEST_SUITE, sources: ['pkg/**'], testFiles: ['tests/test_a.py'] }),
    )
    expect(plan.records).toEqual([])
  })
})
