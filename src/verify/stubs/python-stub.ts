import { STUB_MARK, type StubVariant } from './stub-mark.ts'

/**
 * Python text that defines stubs. Each is a class whose metaclass answers for everything that can be done to it, so that
 * it serves as a function, a class, a base class, a decorator, a constant, and (by its name) as an exception. With
 * `replace` a name that is there is overwritten.
 */
export function pythonStubs(
  names: readonly string[],
  options: { readonly variant: StubVariant; readonly replace: boolean },
): string {
  const maker = options.variant === 'throwing' ? THROWING : UNDEFINED
  const lines = names.map((name) => {
    const made = `__tdd_stub(${JSON.stringify(name)})`
    return options.replace
      ? `${name} = ${made}\n`
      : `if ${JSON.stringify(name)} not in globals():\n    ${name} = ${made}\n`
  })
  return `\n${maker}\n${names.length === 0 ? MODULE_GETATTR : ''}${lines.join('')}`
}

/** A module of which no name was asked for by import: what is read through it is a stub, too. */
const MODULE_GETATTR = `
def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return __tdd_stub(name)
`

const OPERATIONS =
  '__lt__ __le__ __gt__ __ge__ __add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __floordiv__ __mod__ __pow__ __and__ __rand__ __neg__ __iter__ __next__ __len__ __getitem__ __setitem__ __contains__ __enter__ __exit__ __aenter__ __aexit__ __aiter__ __await__ __int__ __float__ __index__'

/** pytest asks every class that it sees in a test module for these; they are not the tests' doing. */
const ASKED_BY_RUNNERS = '("pytestmark", "pytest_plugins", "setUpClass", "tearDownClass")'

const THROWING = `
class __TddStubError(Exception):
    pass


__TddStubError.__name__ = __TddStubError.__qualname__ = "TddStubError"


def __tdd_stub(name, failure=__TddStubError):
    def fail(how):
        raise failure("${STUB_MARK}: " + name + " does not exist yet (" + how + ")")

    class Meta(type):
        def __call__(cls, *args, **kwargs):
            fail("called")

        def __getattr__(cls, key):
            if (key.startswith("__") and key.endswith("__")) or key in ${ASKED_BY_RUNNERS}:
                raise AttributeError(key)
            fail("read: " + key)

    def refused(key):
        def operation(cls, *args):
            fail(key)
        return operation

    for key in "${OPERATIONS}".split():
        setattr(Meta, key, refused(key))
    base = Exception if name.endswith(("Error", "Exception", "Warning")) and name[0].isupper() else object
    return Meta(name, (base,), {"__module__": __name__})
`

const UNDEFINED = `
class __TddNothing:
    def __getattr__(self, key):
        if key.startswith("__") and key.endswith("__"):
            raise AttributeError(key)
        return lambda *args, **kwargs: None


def __tdd_stub(name, nothing=__TddNothing):
    exception = name.endswith(("Error", "Exception", "Warning")) and name[0].isupper()

    class Meta(type):
        def __call__(cls, *args, **kwargs):
            if exception or cls.__dict__.get("_tdd_stub") is not True:
                return type.__call__(cls, *args, **kwargs)
            return nothing() if name[0].isupper() else None

        def __getattr__(cls, key):
            if (key.startswith("__") and key.endswith("__")) or key in ${ASKED_BY_RUNNERS}:
                raise AttributeError(key)
            return lambda *args, **kwargs: None

    base = Exception if exception else object
    return Meta(name, (base,), {"__module__": __name__, "_tdd_stub": True})
`
