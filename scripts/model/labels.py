"""Lists of class names as people have them, in the order of a network's outputs."""

import json
import re
from pathlib import Path
from typing import Any

from scripts.shared.errors import CliError

_MAX_BYTES = 64 * 2**20


def read_labels(path: Path) -> list[str]:
    """One name a line, or JSON: a list, or numbers and names either way (`class_indices`, `id2label`).

    Raises:
        CliError: names the line, what was expected and what was found.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise CliError(f"{path}: expected at most {_MAX_BYTES} bytes of labels.")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise CliError(f"{path}, line {line}: expected UTF-8 ({error.reason}).") from None
    return _from_json(text, path) if path.suffix.lower() == ".json" else _from_lines(text, path)


def _from_lines(text: str, path: Path) -> list[str]:
    lines = [line.strip() for line in text.rstrip().splitlines()]
    if not lines or lines == [""]:
        raise CliError(f"{path}: expected one class a line, in the order of the network's outputs; found none.")
    for number, line in enumerate(lines, 1):
        if not line:
            raise CliError(f"{path}, line {number}: expected a class, found an empty line: each line is one output.")
    # "0 cat", "1 dog": as Teachable Machine writes it
    numbered = [re.fullmatch(r"(\d+)[\s:,]+(.+)", line) for line in lines]
    if all(match and int(match[1]) == number for number, match in enumerate(numbered)):
        return [match[2] for match in numbered if match]
    return lines


def _from_json(text: str, path: Path) -> list[str]:
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CliError(f"{path}: expected JSON; {error}.") from None
    if isinstance(data, dict) and isinstance(data.get("id2label"), dict):
        data = data["id2label"]
    if isinstance(data, dict):
        pairs = list(data.items())
        if all(isinstance(value, int) for _, value in pairs):
            pairs = [(str(value), key) for key, value in pairs]
        by_number = {key: value for key, value in pairs}
        data = [by_number.get(str(number)) for number in range(len(pairs))]
    if not isinstance(data, list) or not data or not all(isinstance(name, str) and name.strip() for name in data):
        raise CliError(
            f'{path}: expected a list of names, {{"0": "cat", "1": "dog"}} or {{"cat": 0, "dog": 1}}, numbered from 0 '
            "without gaps."
        )
    return [name.strip() for name in data]
