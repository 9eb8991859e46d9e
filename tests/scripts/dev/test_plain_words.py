"""What the check of words refuses, where it looks, and what it leaves out."""

import subprocess
from pathlib import Path

import pytest

from scripts.dev.plain_words import PlainWords, check_files, main, read_lists, tracked_files
from tests.conftest import ROOT

LISTS = {
    "refused": [
        {"words": ["surest", "for ever"], "instead": "most confident"},
        {"words": ["colour*"], "instead": "color"},
        {"pattern": r"(?<!there )\bis no (?!longer)", "instead": "is not a"},
    ],
    "allowed": {"texts": ["task colour"]},
    "exempt": {"files": ["*.lock", "data/*"]},
}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("the surest class", ["surest"]),
        ("Surest, and SUREST", ["Surest", "SUREST"]),
        ("surest_class = theSurestClass()", ["surest", "Surest"]),
        ("it waits for ever", ["for ever"]),
        ("it waits forever; the measurest thing", []),
        ("colours, colouring, discolour", ["colours", "colouring"]),
        ("test_it_is_no_image", ["is no"]),
        ("there is no image, it is no longer there", []),
        ("says task colour, of a colour", ["colour"]),
    ],
)
def test_words_are_found_in_any_case_and_inside_names(line: str, words: list[str]) -> None:
    assert [found.word for found in PlainWords(LISTS).check(line)] == words


def test_a_word_is_reported_with_file_line_and_replacement(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("plain\nthe surest colour\n")
    (tmp_path / "picture.png").write_bytes(b"surest \xff\xfe")
    assert list(check_files(PlainWords(LISTS), tmp_path, ["a.txt", "picture.png"])) == [
        'a.txt:2: "surest": write most confident',
        'a.txt:2: "colour": write color',
    ]


def test_exempt_files_are_not_read_unless_they_are_named() -> None:
    lists = PlainWords(LISTS)
    assert [lists.is_exempt(file) for file in ("deep/requirements.lock", "data/words.tsv", "docs/data.md")] == [
        True,
        True,
        False,
    ]


def test_only_tracked_files_are_read(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    for name in ("with space.txt", "removed.txt", "untracked.txt"):
        (tmp_path / name).write_text("surest\n")
    subprocess.run(["git", "add", "with space.txt", "removed.txt"], cwd=tmp_path, check=True)
    (tmp_path / "removed.txt").unlink()
    assert tracked_files(tmp_path) == ["with space.txt"]


def test_the_list_finds_its_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(__file__).relative_to(ROOT)
    assert main([str(ROOT / file)]) == 1
    printed = capsys.readouterr().out
    assert f'{file}:13: "surest": write most confident' in printed
    assert "The list, and its exceptions, are in scripts/dev/plain_words.toml" in printed


def test_exempt_files_exist() -> None:
    """An exception for a file that has gone would hide the next one of that name."""
    files = tracked_files(ROOT)
    lists = read_lists()
    assert files and not all(lists.is_exempt(file) for file in files)
    for glob in lists.exempt:
        assert PlainWords({**LISTS, "exempt": {"files": [glob]}}).is_exempt(glob.replace("*", "x"))
        assert any(PlainWords({**LISTS, "exempt": {"files": [glob]}}).is_exempt(file) for file in files), glob
