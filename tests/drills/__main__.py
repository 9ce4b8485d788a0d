"""Finds the drills, runs those asked for (all without a name), and says at the end which of them held."""

from __future__ import annotations

import ast
import importlib
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

from tests.drills import SMALL, Report

HERE = Path(__file__).parent
#: No drill takes longer; what does has got stuck. Seconds.
LIMIT = 45 * 60


def found() -> dict[str, str]:
    """The drills by name, each with the first line of what it says of itself."""
    drills = {}
    for path in sorted(HERE.glob("[!_]*.py")):
        tree = ast.parse(path.read_text())
        if any(isinstance(part, ast.FunctionDef) and part.name == "run" for part in tree.body):
            drills[path.stem] = (ast.get_docstring(tree) or "").split("\n", 1)[0]
    return drills


def run_here(name: str) -> int:
    report = Report(name)
    try:
        importlib.import_module(f"tests.drills.{name}").run(report)
    except Exception:
        report.violation(f"the drill itself broke off:\n{traceback.format_exc()}")
    return 1 if report.violations else 0


def run_apart(name: str) -> tuple[bool, float]:
    """One drill in a process and process group of its own; what it leaves behind there is ended with it."""
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "tests.drills", "--here", name], start_new_session=True)
    try:
        held = process.wait(LIMIT) == 0
    except subprocess.TimeoutExpired:
        print(f"{name}: not finished after {LIMIT} s", flush=True)
        held = False
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    except BaseException:  # Ctrl-C: the drill takes down what it started
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
        raise
    return held, time.monotonic() - begun


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--here"]:
        return run_here(arguments[1])
    drills = found()
    if arguments == ["--list"]:
        for name, says in drills.items():
            print(f"{name:<12}{says}")
        return 0
    if unknown := set(arguments) - set(drills):
        print(f"drill: {', '.join(sorted(unknown))} is not one of {', '.join(drills)}", file=sys.stderr)
        return 2
    outcomes = {}
    for name in arguments or drills:
        print(f"== {name}: {drills[name]}{' (small)' if SMALL else ''}", flush=True)
        outcomes[name] = run_apart(name)
    print("==")
    for name, (held, seconds) in outcomes.items():
        print(f"{name:<12}{'held' if held else 'VIOLATED':<10}{seconds:8.0f} s")
    return 0 if all(held for held, _ in outcomes.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
