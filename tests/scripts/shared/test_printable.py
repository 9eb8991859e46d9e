"""Names that others chose are shown, and do nothing."""

import click
import pytest
from click.testing import CliRunner

from scripts.shared.account import print_reasons
from scripts.shared.document import Document
from scripts.shared.errors import CliError
from scripts.shared.terminal.printable import file_name, printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Größe 猫 9.41\u202fAM.jpg", "Größe 猫 9.41\u202fAM.jpg"),
        ("a\x1b[2J\x07b", "a\\x1b[2J\\x07b"),
        ("a\x9b2Jb", "a\\x9b2Jb"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("caf\udce9.jpg", "caf\ufffd.jpg"),
        ("two\nlines", "two\\nlines"),
    ],
)
def test_one_line(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_lines_stay_lines() -> None:
    assert printable_lines("one\n\ttwo\x1b[0m") == "one\n\ttwo\\x1b[0m"


def test_everything_that_repeats_names() -> None:
    @click.command()
    def fails() -> None:
        print_reasons([("a\x1b[2J.jpg", "because\x1b]0;title\x07")])
        raise CliError("no \x1b[31mred\x1b[0m")

    result = CliRunner().invoke(fails)
    assert "\x1b" not in result.output and "\x07" not in result.output
    assert "a\\x1b[2J.jpg: because" in result.stderr and "no \\x1b[31mred" in result.stderr


def test_documents_of_others_can_be_written() -> None:
    document = Document.read({"filename": "caf\udce9.jpg", "image_analysis": {"status": "ok"}})
    assert document.filename == "caf\ufffd.jpg"
    assert file_name("caf\udce9.jpg") == "caf\ufffd.jpg"
