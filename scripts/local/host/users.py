"""Who runs the services: Elasticsearch refuses to run as root."""

import errno
import os
import pwd
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict


class _Identity(TypedDict):
    user: int | None
    group: int | None
    extra_groups: list[int] | None


@dataclass(frozen=True)
class ServiceUser:
    """The user to drop to; with `uid` None the services run as whoever calls."""

    name: str
    uid: int | None = None
    gid: int | None = None

    @property
    def identity(self) -> _Identity:
        """Keyword arguments for `subprocess`."""
        return {"user": self.uid, "group": self.gid, "extra_groups": None if self.uid is None else []}

    def owns(self, *folders: Path) -> None:
        """Makes the folders and gives them, and all below them, to this user.

        Whoever had them before may have put links there. No link is followed, and a file that has other names too,
        perhaps where that user may not write, stays whose it is.
        """
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            if self.uid is not None and self.gid is not None:
                for _, folders_within, files, above in os.fwalk(folder, follow_symlinks=False):
                    for name in (*folders_within, *files):
                        _give(name, above, self.uid, self.gid)
                    os.fchown(above, self.uid, self.gid)

    def can_run(self, command: Sequence[str | Path], cwd: Path = Path("/")) -> bool:
        try:
            return subprocess.run(command, cwd=cwd, capture_output=True, **self.identity).returncode == 0
        except OSError:  # not even allowed to look at it
            return False


def _give(name: str, folder: int, uid: int, gid: int) -> None:
    """Through an open file, so that it can't be another one by the time that it is given away."""
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        # a link, a socket, or gone by now
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.ENOENT):
            return
        raise
    try:
        facts = os.fstat(file)
        if stat.S_ISDIR(facts.st_mode) or facts.st_nlink == 1:
            os.fchown(file, uid, gid)
    finally:
        os.close(file)


def service_user() -> ServiceUser:
    """Returns the caller; for root the user behind `sudo`, else `nobody`."""
    if os.geteuid() != 0:
        return ServiceUser(pwd.getpwuid(os.geteuid()).pw_name)
    sudo_uid = int(os.environ.get("SUDO_UID", "0"))
    entry = pwd.getpwuid(sudo_uid) if sudo_uid else pwd.getpwnam("nobody")
    return ServiceUser(entry.pw_name, entry.pw_uid, entry.pw_gid)
