"""Every word a person reads is there in three languages, in the right script."""

import re
import shutil
import subprocess
from pathlib import Path

import polib
import pytest
from django.conf import settings
from opencc import OpenCC

ROOT = Path(settings.BASE_DIR)
CATALOGUES = ["zh_Hant", "zh_Hans"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
TAG = re.compile(r"</?[a-z][^>]*>")
HAN = re.compile(r"[\u3400-\u9fff]")

#: Characters that both scripts use, though OpenCC would change them; and names of languages in their own script.
SHARED = set("里后台只占布表系准游回注采周范于仆面几干才谷斗松志余丑姜借划卷云么了着裏衞群床線峰秘託")
OWN_NAMES = ("繁體中文", "简体中文", "繁體", "简体", "繁", "简")


def catalogue(name):
    return polib.pofile(ROOT / "locale" / name / "LC_MESSAGES" / "django.po")


def texts(entry):
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("name", CATALOGUES)
def test_no_entry_is_empty_or_fuzzy(name):
    bad = [e.msgid for e in catalogue(name) if e.obsolete or e.fuzzy or not all(texts(e))]
    assert not bad


@pytest.mark.parametrize("name", CATALOGUES)
def test_placeholders_and_tags_are_the_same_in_every_language(name):
    for entry in catalogue(name):
        for text in texts(entry):
            source = entry.msgid_plural or entry.msgid
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(source)), entry.msgid
            assert sorted(TAG.findall(text)) == sorted(TAG.findall(source)), entry.msgid


@pytest.mark.parametrize(("name", "conversion"), [("zh_Hant", "s2hk"), ("zh_Hans", "hk2s")])
def test_no_character_of_the_other_script(name, conversion):
    convert = OpenCC(conversion).convert
    for entry in catalogue(name):
        for text in texts(entry):
            for own in OWN_NAMES:
                text = text.replace(own, "")
            wrong = {c for c in HAN.findall(text) if c not in SHARED and convert(c) != c}
            # Hong Kong government spelling differs from OpenCC's glyph list in these.
            assert not wrong - set("稅說脫閱銳悅戶啟眾溫"), (entry.msgid, text, wrong)


def test_both_catalogues_hold_exactly_what_the_code_says(tmp_path):
    """Extracting again gives no message that is missing here, and none here that nobody says."""
    assert shutil.which("xgettext"), "gettext is missing: script/setup --dev installs it"
    copy = tmp_path / "tree"
    ignored = shutil.ignore_patterns(".git", ".venv", "node_modules", "build", "var", "tests", "*.mo", "docs")
    shutil.copytree(ROOT, copy, ignore=ignored)
    languages = [part for name in CATALOGUES for part in ("-l", name)]
    # The options are those of README, "Translations".
    subprocess.run(
        ["django-admin", "makemessages", *languages, "--no-wrap", "--no-location", "--no-obsolete"],
        cwd=copy,
        check=True,
        capture_output=True,
        env={"PATH": f"{ROOT}/.venv/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
    )
    for name in CATALOGUES:
        fresh = polib.pofile(copy / "locale" / name / "LC_MESSAGES" / "django.po")
        said = {(e.msgctxt, e.msgid) for e in fresh}
        kept = {(e.msgctxt, e.msgid) for e in catalogue(name)}
        assert said == kept, (sorted(map(str, said - kept)), sorted(map(str, kept - said)))
