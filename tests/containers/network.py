"""What an engine changes in this machine's network and leaves behind when it ends."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
_MAPPED_AREAS = Path("/proc/sys/vm/max_map_count")


@contextmanager
def forwarding_undone(iptables: Path) -> Iterator[None]:
    """Takes out the engine's bridge and its rules afterward; those of others stay."""
    forwarding = _FORWARDING.read_text()
    policy = [rule.split()[1:] for rule in _rules(iptables, "filter") if rule.startswith("-P FORWARD ")]
    try:
        yield
    finally:
        for table in ("nat", "filter"):
            rules = _rules(iptables, table)
            for rule in rules:
                if rule.startswith("-A ") and ("DOCKER" in rule or "docker0" in rule or "-o br-" in rule):
                    _run(iptables, "-t", table, "-D", *rule.split()[1:])
            for chain in [rule.split()[1] for rule in rules if rule.startswith("-N DOCKER")]:
                _run(iptables, "-t", table, "-F", chain)
                _run(iptables, "-t", table, "-X", chain)
        for chain, before in policy:
            _run(iptables, "-P", chain, before)
        if ip := shutil.which("ip"):
            subprocess.run([ip, "link", "delete", "docker0"], capture_output=True)
        _FORWARDING.write_text(forwarding)


@contextmanager
def mapped_areas(wanted: int) -> Iterator[None]:
    """`sysctl -w vm.max_map_count=…`, for a while."""
    before = int(_MAPPED_AREAS.read_text())
    _MAPPED_AREAS.write_text(str(max(before, wanted)))
    try:
        yield
    finally:
        _MAPPED_AREAS.write_text(str(before))


def _rules(iptables: Path, table: str) -> list[str]:
    done = subprocess.run([iptables, "-t", table, "-S"], capture_output=True, text=True)
    return done.stdout.splitlines()


def _run(iptables: Path, *arguments: str) -> None:
    subprocess.run([iptables, "--wait", *arguments], capture_output=True)
