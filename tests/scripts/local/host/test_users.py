import os
import pwd
from pathlib import Path

import pytest

from scripts.local.host.users import ServiceUser, service_user

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop to another user")


@pytest.mark.skipif(os.geteuid() == 0, reason="root drops to another user")
def test_an_ordinary_user_runs_the_services_himself() -> None:
    assert service_user().uid is None


@needs_root
def test_root_drops_to_the_user_behind_sudo_else_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_UID", raising=False)
    assert service_user().name == "nobody"
    daemon = pwd.getpwnam("daemon")
    monkeypatch.setenv("SUDO_UID", str(daemon.pw_uid))
    assert service_user() == ServiceUser("daemon", daemon.pw_uid, daemon.pw_gid)


@needs_root
def test_what_is_closed_to_the_unprivileged_user_is_noticed(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert not service_user().can_run(["test", "-r", tmp_path / "anything"])
    assert not service_user().can_run([tmp_path / "program"])
    assert service_user().can_run(["true"])


def test_owned_folders_are_made(tmp_path: Path) -> None:
    user = service_user()
    user.owns(tmp_path / "a/b")
    assert (tmp_path / "a/b").stat().st_uid == (os.getuid() if user.uid is None else user.uid)


NOBODY = pwd.getpwnam("nobody")


@needs_root
def test_ownership_follows_no_link(tmp_path: Path) -> None:
    folder, secret, outside = tmp_path / "data", tmp_path / "secret", tmp_path / "outside"
    for made in (folder / "below", outside):
        made.mkdir(parents=True)
    for file in (secret, outside / "file", folder / "below/ours"):
        file.touch()
    (folder / "link").symlink_to(secret)
    (folder / "folder").symlink_to(outside)
    (folder / "second-name").hardlink_to(secret)
    ServiceUser("nobody", NOBODY.pw_uid, NOBODY.pw_gid).owns(folder)
    assert {path.stat().st_uid for path in (secret, outside, outside / "file")} == {0}
    assert {path.stat().st_uid for path in (folder, folder / "below", folder / "below/ours")} == {NOBODY.pw_uid}


@needs_root
def test_a_folder_is_taken_back_from_another_user(tmp_path: Path) -> None:
    ServiceUser("nobody", NOBODY.pw_uid, NOBODY.pw_gid).owns(tmp_path / "data/below")
    ServiceUser("root", 0, 0).owns(tmp_path / "data")
    assert {path.stat().st_uid for path in (tmp_path / "data", tmp_path / "data/below")} == {0}
