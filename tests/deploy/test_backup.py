"""The backup says no where it would do harm, whatever else is tried in the drill ``restore``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / "deploy/backup.py"


def backup(*words, **settings):
    environment = {"PATH": os.environ["PATH"], **settings}
    return subprocess.run(
        [sys.executable, PROGRAM, *map(str, words)], env=environment, capture_output=True, text=True
    )


def test_a_backup_that_breaks_off_does_not_stand_among_the_whole_ones(tmp_path):
    (tmp_path / "recipients").write_text("age1nobody\n")
    said = backup(
        "make", tmp_path / "backups", "--recipients", tmp_path / "recipients",
        DATABASE_URL="postgres://nobody@127.0.0.1:1/none", CAUSEWAY_DATA=str(tmp_path),
    )  # fmt: skip
    assert said.returncode != 0
    assert not [path for path in (tmp_path / "backups").iterdir() if not path.name.endswith(".partial")]


def test_a_damaged_backup_is_refused_before_anything_is_touched(tmp_path):
    folder = tmp_path / "2026-11-23T000000Z"
    folder.mkdir()
    (folder / "database.dump.age").write_bytes(b"x")
    (folder / "SHA256SUMS").write_text(f"{'0' * 64}  database.dump.age\n")
    said = backup(
        "restore", folder, "--identity", tmp_path / "key",
        DATABASE_URL="postgres://nobody@127.0.0.1:1/none", CAUSEWAY_DATA=str(tmp_path / "data"),
    )  # fmt: skip
    assert said.returncode != 0
    assert "damaged" in said.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("missing", ["DATABASE_URL", "CAUSEWAY_DATA"])
def test_a_missing_setting_is_named(tmp_path, missing):
    known = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "CAUSEWAY_DATA": str(tmp_path)}
    del known[missing]
    said = backup("make", tmp_path / "backups", "--recipients", tmp_path / "none", **known)
    assert said.returncode != 0
    assert missing in said.stderr
