"""How many CPUs this process really has: a container's share is often less than the machine's."""

import math
import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")


def available_cpus(cgroups: Path = _CGROUPS, membership: Path = _MEMBERSHIP) -> int:
    """CPUs that the process may use at the same time: its affinity, bounded by the quotas of its cgroups.

    A part of a CPU counts as one, so it is at least 1.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([allowed, *map(math.ceil, _quotas(cgroups, membership))])


def _quotas(cgroups: Path, membership: Path) -> list[float]:
    """Every quota that binds, in CPUs: of each cgroup (version 2, or version 1's cpu controller) and its parents."""
    try:
        lines = membership.read_text("utf-8").splitlines()
    except OSError:  # no Linux
        return []
    quotas = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            mount, read = cgroups, _version_2
        elif "cpu" in controllers.split(","):
            mount, read = cgroups / controllers, _version_1
        else:
            continue
        inside = Path(path.lstrip("/"))
        for folder in (inside, *inside.parents):
            quota = read(mount / folder)
            if quota is not None:
                quotas.append(quota)
    return quotas


def _version_2(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text("utf-8").split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else int(quota) / int(period)


def _version_1(folder: Path) -> float | None:
    try:
        quota = int((folder / "cpu.cfs_quota_us").read_text("utf-8"))
        period = int((folder / "cpu.cfs_period_us").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return quota / period if quota > 0 else None
