"""The frame of the drills: each is found, says what it is, and one violation fails it."""

import ast

from tests.drills import Report
from tests.drills.__main__ import HERE, found, main


def test_every_drill_says_in_one_line_what_it_does():
    drills = found()
    assert {"kills", "postgres", "mail", "races", "doubles"} <= set(drills)
    for name, says in drills.items():
        assert says.endswith("."), name
        assert len(says) < 160, name


def test_a_drill_takes_the_report_and_nothing_else():
    for name in found():
        tree = ast.parse((HERE / f"{name}.py").read_text())
        run = next(part for part in tree.body if isinstance(part, ast.FunctionDef) and part.name == "run")
        assert [argument.arg for argument in run.args.args] == ["report"], name


def test_an_unknown_drill_is_refused_and_nothing_is_run(capsys):
    assert main(["no-such-drill"]) == 2
    assert "no-such-drill" in capsys.readouterr().err


def test_one_violation_is_enough(capsys):
    report = Report("sample")
    report.did("things", 3)
    report.measured("wait", 1.5, "s")
    assert report.expect(True, "never said") and not report.violations
    assert not report.expect(False, "lost one")
    assert report.violations == ["lost one"]
    assert "VIOLATION lost one" in capsys.readouterr().out


def test_what_a_violated_drill_leaves_is_kept_and_all_else_is_taken_away():
    held, violated = Report("held"), Report("violated")
    with held.place() as place:
        (place / "log").write_text("x")
    assert not place.exists()
    with violated.place() as place:
        violated.violation("lost one")
    assert place.exists()
    place.rmdir()
