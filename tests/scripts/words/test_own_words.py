"""A file of people's own words."""

from pathlib import Path

import pytest

from scripts.shared.errors import CliError
from scripts.words import OwnWords


def written(folder: Path, text: str) -> Path:
    path = folder / "words.txt"
    path.write_text(text, "utf-8")
    return path


def test_lines_are_words_and_what_they_mean(tmp_path: Path) -> None:
    text = "\ufeff# Deutsch\n\nkatze, Katzen => cat\n  Kätzchen=>kitten \n猫, ネコ => cat\nHaustier => cat, dog\n"
    assert OwnWords.read(written(tmp_path, text)).meanings == {
        "katze": ["cat"],
        "Katzen": ["cat"],
        "Kätzchen": ["kitten"],
        "猫": ["cat"],
        "ネコ": ["cat"],
        "Haustier": ["cat", "dog"],
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("katze cat\n", ":1: expected words => words, such as katze, Katzen => cat, found 'katze cat'"),
        ("a => b\n => cat", ":2: expected words => words"),
        ("katze => ", ":1: expected words => words"),
        ("katze => cat\nhund, katze => dog", ":2: expected each word once, found 'katze' again"),
        ("# nothing\n", "at least one line"),
        ("x" * 201 + " => cat", ":1: expected words of at most 200 characters, found 201"),
        ("".join(f"w{number} => cat\n" for number in range(20_001)), "at most 20,000 words, found 20,001"),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CliError) as error:
        OwnWords.read(written(tmp_path, text))
    assert said in error.value.message


def test_a_file_in_another_encoding_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes("Kätzchen => cat".encode("latin-1"))
    with pytest.raises(CliError, match="UTF-8"):
        OwnWords.read(path)
