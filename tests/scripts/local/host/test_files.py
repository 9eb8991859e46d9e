"""What another user puts in the place of a file that is written gets nothing."""

import os
import stat
from pathlib import Path

import pytest

from scripts.local.host.files import write_new


def test_a_file_is_written_whole_with_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "settings"
    write_new(file, "one", mode=0o600)
    assert file.read_text() == "one" and stat.S_IMODE(file.stat().st_mode) == 0o600
    write_new(file, "two")
    assert file.read_text() == "two"
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    secret, file = tmp_path / "secret", tmp_path / "settings"
    secret.write_text("secret")
    for link in (os.symlink, os.link):
        link(secret, file)
        write_new(file, "ours")
        assert secret.read_text() == "secret"
        assert file.read_text() == "ours" and not file.is_symlink()
        file.unlink()


def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "folder").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        write_new(tmp_path / "folder/settings", "ours")
    assert list((tmp_path / "elsewhere").iterdir()) == []
