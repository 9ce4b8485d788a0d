"""Data folders with an empty database and the reference data, made once a run and copied: making one takes long."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def fill(folder, env, factory):
    """Fill this empty data folder of a server with that environment. ``factory`` is pytest's ``tmp_path_factory``."""
    base = factory.getbasetemp()
    # The workers of one run have folders beside each other: what one has made serves the others.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    template = shared / "prepared-data"
    with Path(shared, "prepared-data.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            new = shared / "prepared-data.new"
            new.mkdir()
            make(env | {"CAUSEWAY_DATA": str(new)})
            new.rename(template)
    shutil.copytree(template, folder, dirs_exist_ok=True)


def make(env):
    """An empty database with the reference data where this environment of a server says."""
    for command in (["migrate", "--verbosity", "0"], ["load_reference"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True, timeout=240)
