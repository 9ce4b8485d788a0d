"""What the tests of a deployment need of the machine. ``script/setup --dev`` installs it; nothing is left out."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def program():
    """The path of a program by its name."""

    def find(name):
        path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        assert path, f"{name} is not installed; script/setup --dev installs it"
        return path

    return find
