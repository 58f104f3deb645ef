"""Reporter for pytest 6 or newer on Python 3.8 or newer, loaded with -p.

Writes one JSON record a line to the file that TDD_REPORT names, and ends tests that run longer than TDD_TEST_MS.
"""
import json
import os
import signal
import threading

import pytest

_REPORT = os.environ.pop("TDD_REPORT", None)
_LIMIT_MS = int(os.environ.get("TDD_TEST_MS", "0"))
_TEXT = 64 * 1024
_FRAMES = 50
_HIDDEN = ("/_pytest/", "/pluggy/", "/tdd_orchestrator_reporter.py", "/importlib/")


class TestLimitReached(BaseException):
    """Not an Exception, so that no test swallows it."""

    __test__ = False


class Writer:
    def __init__(self, file):
        self.file = file
        self.tests = 0
        self.pending = {}

    def line(self, record):
        with open(self.file, "a", encoding="utf-8") as out:
            out.write(json.dumps(record) + "\n")

    def pytest_exception_interact(self, node, call, report):
        if isinstance(report, pytest.CollectReport):
            report.tdd_failure = _error(call.excinfo.value.__cause__ or call.excinfo.value, "load")

    def pytest_collectreport(self, report):
        if not report.failed:
            return
        error = getattr(report, "tdd_failure", None)
        if error is None:
            error = {"name": None, "code": None, "message": str(report.longrepr)[:_TEXT], "stack": None, "kind": "load"}
        self.line({"kind": "load", "file": self.path(report.nodeid), "error": error})

    def pytest_runtest_logreport(self, report):
        seen = self.pending.setdefault(report.nodeid, {"outcome": None, "ms": 0.0, "error": None})
        seen["ms"] += getattr(report, "duration", 0.0) * 1000
        if report.outcome == "rerun":
            self.pending.pop(report.nodeid, None)
        elif report.failed:
            seen["outcome"] = "failed"
            seen["error"] = seen["error"] or getattr(report, "tdd_failure", None) or _plain(report)
        elif report.skipped or hasattr(report, "wasxfail"):
            seen["outcome"] = seen["outcome"] or "skipped"
        elif report.when == "call" and type(report).__name__ != "SubtestReport":
            seen["outcome"] = seen["outcome"] or "passed"

    def pytest_runtest_logfinish(self, nodeid, location):
        seen = self.pending.pop(nodeid, None)
        if seen is None or seen["outcome"] is None:
            return
        self.tests += 1
        base, bracket, parameters = nodeid.partition("[")
        names = base.split("::")[1:] or [base]
        names[-1] += bracket + parameters
        record = {"kind": "test", "file": self.path(nodeid), "path": names, "outcome": seen["outcome"]}
        self.line(dict(record, ms=seen["ms"], error=seen["error"]))

    def pytest_sessionstart(self, session):
        config = session.config
        self.root = str(getattr(config, "rootpath", None) or config.rootdir)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config):
        if getattr(self, "finished", False):
            self.line({"kind": "end", "tests": self.tests})

    def pytest_sessionfinish(self, session, exitstatus):
        # Interrupted (2), internal error (3) and usage error (4) leave the report without an end.
        self.finished = int(exitstatus) in (0, 1, 5)

    def path(self, nodeid):
        return os.path.normpath(os.path.join(self.root, nodeid.split("::")[0]))


class Limits:
    """What every process of the run does, workers of pytest-xdist included."""

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        report = outcome.get_result()
        if call.excinfo is not None and report.failed:
            report.tdd_failure = _error(call.excinfo.value, _kind(call.excinfo.value))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item):
        usable = _LIMIT_MS > 0 and hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        if not usable:
            yield
            return

        def end(_number, _frame):
            raise TestLimitReached("No end within %d ms." % _LIMIT_MS)

        before = signal.signal(signal.SIGALRM, end)
        signal.setitimer(signal.ITIMER_REAL, _LIMIT_MS / 1000)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    # Coverage of the project's own configuration would only add a threshold that fails a selection of tests.
    options = early_config.known_args_namespace
    if getattr(options, "cov_source", None):
        options.cov_source = []


def pytest_configure(config):
    if getattr(config.option, "cov_fail_under", None) is not None:
        config.option.cov_fail_under = None
    config.pluginmanager.register(Limits(), "tdd_orchestrator_limits")
    if _REPORT is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Writer(_REPORT), "tdd_orchestrator_writer")


def _kind(value):
    if isinstance(value, TestLimitReached):
        return "timeout"
    asserted = isinstance(value, (AssertionError, pytest.fail.Exception))
    return "assertion" if asserted else "error"


def _error(value, kind):
    frames = []
    trace = value.__traceback__
    while trace is not None:
        frames.append({"file": trace.tb_frame.f_code.co_filename, "line": trace.tb_lineno})
        trace = trace.tb_next
    if isinstance(value, SyntaxError) and value.filename:
        frames.append({"file": value.filename, "line": value.lineno})
    frames = [one for one in reversed(frames) if os.path.isabs(one["file"]) and not any(part in one["file"] for part in _HIDDEN)]
    name = type(value).__name__
    message = _text_of(value) or name
    return {
        "name": name,
        "code": None,
        "message": message[:_TEXT],
        "stack": None,
        "kind": kind,
        "frames": frames[:_FRAMES],
    }


def _text_of(value):
    # A class of its own may raise whatever it likes here.
    try:
        return str(value)
    except Exception:
        return ""


def _plain(report):
    message = str(report.longrepr)[:_TEXT]
    return {"name": None, "code": None, "message": message, "stack": None, "kind": "error", "frames": []}
