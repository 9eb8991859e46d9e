"""CPUs as the kernel reports them, from folders laid out like its own."""

import os
from pathlib import Path

import pytest

from sidecar.host.cpus import available_cpus


@pytest.fixture(autouse=True)
def eight_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def kernel(folder: Path, membership: str, files: dict[str, str]) -> int:
    (folder / "membership").write_text(membership)
    for name, text in files.items():
        file = folder / "cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return available_cpus(folder / "cgroup", folder / "membership")


@pytest.mark.parametrize(
    ("membership", "files", "cpus"),
    [
        ("0::/\n", {}, 8),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 8),
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "250000 100000\n"}, 3),
        ("0::/\n", {"cpu.max": "9900000 100000\n"}, 8),
        # the parent's quota binds too
        ("0::/pod/app\n", {"pod/app/cpu.max": "max 100000", "pod/cpu.max": "300000 100000"}, 3),
        ("4:cpu,cpuacct:/docker/1\n1:memory:/\n", {"cpu,cpuacct/cpu.cfs_quota_us": "-1"}, 8),
        (
            "4:cpu,cpuacct:/docker/1\n",
            {
                "cpu,cpuacct/docker/1/cpu.cfs_quota_us": "400000",
                "cpu,cpuacct/docker/1/cpu.cfs_period_us": "100000",
            },
            4,
        ),
    ],
)
def test_quotas_bind(tmp_path: Path, membership: str, files: dict[str, str], cpus: int) -> None:
    assert kernel(tmp_path, membership, files) == cpus


def test_without_cgroups_the_affinity_counts(tmp_path: Path) -> None:
    assert available_cpus(tmp_path, tmp_path / "missing") == 8
