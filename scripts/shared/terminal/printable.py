"""Text from files and documents, as a terminal and UTF-8 can take it."""

import os
import re

# What moves a cursor, changes colors or turns text around, and halves of characters, which UTF-8 has no bytes for
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_LINES = re.compile("(?![\n\t])" + _UNSAFE.pattern)
_HALF = re.compile("[\ud800-\udfff]")

_REPLACEMENT = "\ufffd"


def printable(text: str) -> str:
    """One line in which escape sequences are shown and do nothing."""
    return _UNSAFE.sub(_shown, text)


def printable_lines(text: str) -> str:
    """The same for text of several lines."""
    return _UNSAFE_IN_LINES.sub(_shown, text)


def whole(text: str) -> str:
    """The text with a replacement for what is not a character: all of it can be written in UTF-8."""
    return _HALF.sub(_REPLACEMENT, text)


def file_name(path: str) -> str:
    """A path as people see it, with replacements where it is not UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def _shown(found: re.Match[str]) -> str:
    return _REPLACEMENT if "\ud800" <= found[0] <= "\udfff" else found[0].encode("unicode_escape").decode("ascii")
