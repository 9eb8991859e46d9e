"""The table of everyday words: what it is made of, and that it was made again after a change."""

from pathlib import Path

import pytest

from sidecar.synsets.everyday.curated import Reading, read
from sidecar.synsets.everyday.make import TARGET, chosen, encode, plain
from sidecar.synsets.everyday.meaning import Meanings, read_concepts
from sidecar.synsets.everyday.wordnet import WordNet
from tests.conftest import ROOT

SYNSETS = ROOT / "sidecar/synsets"
CONCEPTS = read_concepts(SYNSETS / "synsets.json")
NUMBERS = {concept.key: number for number, concept in enumerate(CONCEPTS.values())}
CHOSEN = chosen()


def test_the_table_is_sorted_and_has_every_word_that_was_chosen() -> None:
    lines = TARGET.read_text("utf-8").splitlines()
    words = [line.split("\t")[0] for line in lines]
    assert words == sorted(words, key=str.encode) and len(set(words)) == len(words) > 100_000
    assert all(plain(word) == word for word in words)
    # changed by hand, or everyday.txt without make generate
    assert set(encode({}, CHOSEN, NUMBERS).splitlines()) == {line for line in lines if line.endswith("*")}


def test_what_names_of_concepts_say_is_not_said_again() -> None:
    assert not {"tiger", "coffee", "guitar", "whale", "soup"} & CHOSEN.keys()
    assert CHOSEN["mouse"].searched == ("mouse", "rodent")
    assert CHOSEN["coffee cup"].searched == ("cup", "coffee_mug", "coffee")


def test_a_line_says_what_words_lead_to(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text(
        "# pets\n\nkitty, puss cat ~ cat | feline, lion\ntv = cat\nden ? lion, cat\nparis - places\n", "utf-8"
    )
    concepts = {"cat": 0, "feline": 1, "lion": 63}
    readings = read(path, concepts)
    near = Reading("~", ("cat",), ("feline", "lion"))
    assert readings == {
        "kitty": near,
        "puss cat": near,
        "tv": Reading("=", ("cat",)),
        "den": Reading("?", offered=("lion", "cat")),
        "paris": Reading("-", reason="l"),
    }
    table = encode({"Élan": Reading("-", reason="a")}, readings, concepts)
    assert table == "den\t?|1100*\nelan\t-a\nkitty\t~00|0111*\nparis\t-l*\npuss cat\t~00|0111*\ntv\t=00|*\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kitten cat", "line 1: expected words"),
        ("kitten ~ wyvern", "line 1: expected keys of concepts, found 'wyvern'"),
        ("a = cat\nb, a = cat", "line 2: expected each word once, found 'a' again"),
    ],
)
def test_a_line_that_does_not_fit_is_reported(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "words.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=said):
        read(path, {"cat"})


def test_nouns_lead_up_wordnet_s_tree(tmp_path: Path) -> None:
    """By five nouns in the format of WordNet's files: a tree that is known, above a kitten that is not."""
    rows = [
        "00007846 18 n 01 person 0 001 @ 00001740 n 0000 | a human being",
        "00001740 03 n 01 entity 0 000 | what exists",
        "02121620 05 n 02 cat 0 true_cat 0 001 @ 00001740 n 0000 | a feline mammal",
        '09999991 05 n 01 moggy 0 001 @ 02121620 n 0000 | a cat of no breed; "a moggy slept"',
        "09999992 18 n 01 baker 0 001 @ 00007846 n 0000 | someone who bakes",
        "09999993 15 n 01 Paris 0 001 @i 00001740 n 0000 | a capital",
    ]
    (tmp_path / "data.noun").write_text("  1 the license\n" + "\n".join(rows) + "\n", "utf-8")
    meanings = Meanings(WordNet(tmp_path), CONCEPTS, None)
    assert meanings.of("n02121620") == Reading("=", ("cat",))
    assert meanings.of("n09999991") == Reading("~", ("cat",))
    assert meanings.of("n09999992") == Reading("-", reason="p")
    assert meanings.of("n09999993") == Reading("-", reason="l")
    assert WordNet(tmp_path).nouns["n09999991"].sentence == "moggy: a cat of no breed"
