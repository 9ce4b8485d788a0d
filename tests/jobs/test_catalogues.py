"""The translations compile without any system package."""

import gettext
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_catalogue_is_compiled_beside_its_source_with_contexts_and_plurals(tmp_path):
    source = tmp_path / "zh_Hant" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n\n'
        'msgctxt "verb"\nmsgid "Close"\nmsgstr "結案"\n\n'
        'msgid "%(n)d file"\nmsgid_plural "%(n)d files"\nmsgstr[0] "%(n)d 個檔案"\n\n'
        '#, fuzzy\nmsgid "Guess"\nmsgstr "猜"\n',
        encoding="utf-8",
    )
    subprocess.run(
        [sys.executable, "script/compile_catalogues.py", str(tmp_path)], cwd=ROOT, check=True, timeout=60
    )
    with source.with_suffix(".mo").open("rb") as file:
        words = gettext.GNUTranslations(file)
    assert words.pgettext("verb", "Close") == "結案"
    assert words.ngettext("%(n)d file", "%(n)d files", 3) == "%(n)d 個檔案"
    assert words.gettext("Guess") == "Guess"
