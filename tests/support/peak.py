"""Most memory that a process had in a while, on Linux."""

from pathlib import Path


class Peak:
    """Begins when it is made."""

    def __init__(self, pid: int | str = "self") -> None:
        self._folder = Path(f"/proc/{pid}")
        (self._folder / "clear_refs").write_text("5")
        self._before = self._kilobytes("VmRSS") - self._kilobytes("RssFile")

    def grown(self) -> int:
        """Bytes over what was resident at first.

        Pages of libraries count as there all the time: where memory is short the system drops and rereads them.
        """
        return 1024 * (self._kilobytes("VmHWM") - self._kilobytes("RssFile") - self._before)

    def _kilobytes(self, name: str) -> int:
        status = (self._folder / "status").read_text()
        return int(status.split(f"{name}:")[1].split()[0])
