"""The password of the local stack where it was started with `up --secure`: one file that its owner alone can read."""

import secrets
from pathlib import Path

from pydantic import SecretStr

from scripts.local.host.files import write_new
from scripts.local.state import StackState, state_file
from scripts.shared.errors import StateUnusable
from scripts.shared.settings import Settings

USER = "elastic"


def password_file(folder: Path) -> Path:
    """Where the password of one state folder's stack is."""
    return folder / "password"


def kept_password(folder: Path, given: SecretStr | None) -> SecretStr:
    """The password given, else the one that is there, else a new one; afterward it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    file = password_file(folder.resolve())
    if given is not None or not file.exists():
        write_new(file, given.get_secret_value() if given else secrets.token_urlsafe(24), mode=0o600)
    return _read(file)


def with_login(settings: Settings) -> Settings:
    """The settings with the local stack's login, where they name neither another address nor another login.

    Raises:
        StateUnusable: the password is another user's to read.
    """
    if settings.url or settings.api_key or settings.username or settings.password:
        return settings
    if not StackState.load(state_file(settings.state_dir)).remembered.secure:
        return settings
    return settings.model_copy(update={"username": USER, "password": _read(password_file(settings.state_dir))})


def _read(file: Path) -> SecretStr:
    try:
        return SecretStr(file.read_text("utf-8").strip())
    except OSError as error:
        raise StateUnusable(
            f"Expected the password of the local Elasticsearch in {file}, but: {error.strerror}. Run the command as "
            "the user who started it, or set IMAGE_SYNSET_USERNAME and IMAGE_SYNSET_PASSWORD."
        ) from None
