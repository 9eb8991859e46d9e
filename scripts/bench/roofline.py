"""How fast a CPU could at most run a network in single precision: its peak floating-point rate ÷ the network's work."""

from dataclasses import dataclass
from pathlib import Path

import psutil

# multiplications and additions of one 224 × 224 image: counted from the layers' shapes, published likewise
FLOPS = {"vgg16": 30.9e9, "efficientnet_lite0": 0.77e9}


@dataclass(frozen=True, slots=True)
class Roofline:
    """`gflops` estimates the CPU's peak: `cpus` × `ghz` (without boost) × `flops_per_cycle`."""

    cpus: int
    ghz: float
    flops_per_cycle: int
    gflops: float
    images_per_s: dict[str, float]


def roofline(cpus: int) -> Roofline | None:
    """The estimate from the CPU's flags and clock; None where they can't be told."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return None
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = set(facts.get("flags", "").split())
    frequency = psutil.cpu_freq()
    mhz = max(frequency.max or frequency.current, 0) if frequency else float(facts.get("cpu MHz", 0))
    if not flags or not mhz:
        return None
    per_cycle = _per_cycle(flags)
    gflops = cpus * mhz / 1000 * per_cycle
    return Roofline(
        cpus=cpus,
        ghz=round(mhz / 1000, 2),
        flops_per_cycle=per_cycle,
        gflops=round(gflops, 1),
        images_per_s={model: round(gflops * 1e9 / flops, 1) for model, flops in FLOPS.items()},
    )


def _per_cycle(flags: set[str]) -> int:
    """Two fused multiply-add units of the widest registers; a CPU may have fewer, so this is an upper bound."""
    if "avx512f" in flags:
        return 64
    if "fma" in flags:
        return 32
    return 16 if "avx" in flags else 8
