"""Every command, file and REST path that the documents name exists, with the options shown."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import click
import pytest

from scripts.cli import main
from sidecar.app import create_app
from tests.conftest import ROOT
from tests.support.project_files import DOCUMENTS, PLUGIN

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
OPERATORS = {"|", "||", "&", "&&", ";", "(", ")", "{", "}", "<", ">", ">>", "\n"}
FILE = re.compile(r"(?:docs|es_config|scripts|sidecar|tests)/[\w.*/-]+|docker-compose[\w.]*\.yml|\.env\.example")
BUILT = re.compile(r"/target/")
JAVA = tuple(ROOT / f"es_config/plugin/src/{kind}/java/org/imagesynset" for kind in ("main", "test"))


def code(text: str) -> Iterator[str]:
    """The shell blocks of a document, and what stands in backticks outside of any block."""
    fence = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    yield from (block for language, block in fence.findall(text) if language in {"sh", "bash", "console"})
    yield from re.findall(r"`([^`]+)`", fence.sub("", text).replace("\n", " "))


def commands(shell: str) -> Iterator[list[str]]:
    """Splits a block at newlines and operators into commands' words; what is not a shell command has none."""
    shell = re.sub(r"(^|\s)#\s.*$", r"\1", shell.replace("\\\n", " "), flags=re.MULTILINE)
    lexer = shlex.shlex(shell, posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t\r", "", True
    try:
        words = list(lexer)
    except ValueError:  # an apostrophe in a text that stands in backticks
        return
    command: list[str] = []
    for word in [*words, "\n"]:
        if word.strip("\n") == "" or word in OPERATORS:
            if command:
                yield command
            command = []
        else:
            command.append(word)


def fault(words: list[str]) -> str | None:
    """What is wrong with a command; None for a good one, and for those of others, such as curl."""
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0], re.DOTALL):
        words = words[1:]
    if not words:
        return None
    name, arguments = words[0].removeprefix(".venv/bin/"), words[1:]
    if name == "image-synset":
        return click_fault(main, arguments)
    if name == "make":
        return make_fault(arguments)
    if re.fullmatch(r"python3?", name) and arguments[:1] == ["-m"]:
        return None if importlib.util.find_spec(arguments[1]) else f"no module {arguments[1]}"
    return None


def click_fault(command: click.Command, arguments: list[str]) -> str | None:
    path = "image-synset"
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        path += f" {arguments[0]}"
        if arguments[0] not in command.commands:
            return f"no command {path}"
        command, arguments = command.commands[arguments[0]], arguments[1:]
    context = click.Context(command, info_name=path)
    context.help_option_names = ["-h", "--help"]
    try:
        values, rest, _ = command.make_parser(context).parse_args(list(arguments))
        for parameter in command.params:
            given = values.get(parameter.name or "")
            # files and folders are the reader's
            if isinstance(parameter.type, click.Choice | click.types.IntParamType | click.types.FloatParamType):
                if isinstance(given, str | list | tuple):
                    parameter.type_cast_value(context, given)
    except click.UsageError as error:
        return f"{path}: {error.format_message()}"
    return f"{path}: unexpected {rest}" if rest and not isinstance(command, click.Group) else None


def make_fault(arguments: list[str]) -> str | None:
    for argument in arguments:
        variable, equals, _ = argument.partition("=")
        pattern = rf"\$\({variable}\)" if equals else rf"^{re.escape(argument)}:"
        if not re.search(pattern, MAKEFILE, re.MULTILINE):
            return f"no {'variable' if equals else 'target'} {variable} in the Makefile"
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_exist_with_their_options(document: Path) -> None:
    faults = [
        f"{' '.join(words)}: {found}"
        for shell in code(document.read_text("utf-8"))
        for words in commands(shell)
        if (found := fault(words))
    ]
    assert faults == []


def test_it_finds_the_commands_of_the_readme() -> None:
    found = [words for shell in code((ROOT / "README.md").read_text("utf-8")) for words in commands(shell)]
    own = [words for words in found if words[0] in {"make", ".venv/bin/image-synset"}]
    assert ["make", "demo"] in own
    assert [".venv/bin/image-synset", "search", "--keyword", "sports car"] in own
    assert len(own) > 10


@pytest.mark.parametrize(
    "line, expected",
    [
        ("image-synset fly", "no command image-synset fly"),
        ("A=1 .venv/bin/image-synset search --word cat", "image-synset search: No such option"),
        ("image-synset up --port many", "'many' is not a valid integer"),
        ("image-synset setup now", "unexpected ['now']"),
        ("make lint | tee log && make coffee", "no target coffee"),
        ("make demo PICTURES=~/x", "no variable PICTURES"),
        ("python -m scripts.nothing", "no module scripts.nothing"),
    ],
)
def test_it_finds_faults(line: str, expected: str) -> None:
    faults = [found for words in commands(line) if (found := fault(words))]
    assert len(faults) == 1 and expected in faults[0]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_named_exist(document: Path) -> None:
    """From the root, or from where the plugin's sources begin, one package of which is called sidecar too."""
    named = {name.rstrip("./") for shell in code(document.read_text("utf-8")) for name in FILE.findall(shell)}
    missing = [name for name in named if not any(list(begin.glob(name)) for begin in (ROOT, *JAVA))]
    assert [name for name in missing if not BUILT.search(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_rest_paths_exist(document: Path) -> None:
    """Segments of Elasticsearch's paths are known to its client; the sidecar's paths are its routes."""
    client = "".join(
        path.read_text("utf-8") for path in Path(str(files("elasticsearch"))).glob("_sync/client/*.py")
    ) + "".join(path.read_text("utf-8") for path in PLUGIN.rglob("*.java"))
    routes = {rule.rule for rule in create_app().url_map.iter_rules()}
    unknown = set()
    for shell in code(document.read_text("utf-8")):
        for path in re.findall(r"(?:(?:GET|PUT|POST|DELETE|HEAD) |\$ES|\$SIDECAR)(/?[^\s`'\"?]+)", shell):
            if path.startswith("/v1/") or path.startswith("/health/"):
                unknown |= {path} - routes
            elif not path.startswith("/api/"):  # Kibana's
                segments = re.findall(r"(?:^|/)(_\w+)", path)
                unknown |= {f"{path}: {segment}" for segment in segments if f"/{segment}" not in client}
    assert unknown == set()


@pytest.mark.parametrize("name", ["architecture.md", "contributing.md"])
def test_every_file_of_the_map_exists(name: str) -> None:
    """In these two also names without their folder: from where the part's sources begin, and classes by their name."""
    begins = (ROOT, ROOT / "sidecar", *JAVA)
    classes = {path.stem for path in (ROOT / "es_config").rglob("*.java")}
    named = set(re.findall(r"`([\w./-]+)`", (ROOT / "docs" / name).read_text("utf-8")))
    files = {word for word in named if re.search(r"[\w-]/|\.(?:py|java|js|json|md|toml)$", word)}
    assert len(files) > 10
    assert [file for file in sorted(files) if not any((begin / file).exists() for begin in begins)] == []
    assert {word for word in named if re.fullmatch(r"(?:[A-Z][a-z]+){2,}", word)} <= classes
