"""Compiles every .po below the given folder to the .mo beside it, without any system package."""

import os
import sys
from pathlib import Path

import polib


def compile_catalogues(folder: Path) -> list[Path]:
    """Write each catalogue anew, complete or not at all; the files written."""
    written = []
    for source in sorted(folder.rglob("*.po")):
        target = source.with_suffix(".mo")
        draft = source.with_suffix(".mo.new")
        polib.pofile(str(source)).save_as_mofile(str(draft))
        os.replace(draft, target)
        written.append(target)
    return written


if __name__ == "__main__":
    for compiled in compile_catalogues(Path(sys.argv[1])):
        print(compiled)
