"""How fast a CPU could at most run a network in single precision: its floating-point rate ÷ the network's work."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

# multiplications and additions of one 224 × 224 image: counted from the layers' shapes, published likewise
FLOPS = {"vgg16": 30.9e9, "efficientnet_lite0": 0.77e9}

_SIDE, _PRODUCTS = 1536, 12


@dataclass(frozen=True, slots=True)
class Roofline:
    """Two rates, and images/s at the second.

    `gflops` is estimated: `cpus` × `ghz` (as the system reports it, often without boost) × `flops_per_cycle`.
    `gemm_gflops` is measured: the best of some products of large matrices by NumPy's BLAS, which comes within some 10 %
    of what a CPU can do, at the clock that it really has.
    """

    cpus: int
    ghz: float
    flops_per_cycle: int
    gflops: float
    gemm_gflops: float
    images_per_s: dict[str, float]


def roofline(cpus: int) -> Roofline | None:
    """The rates; None where the CPU's flags and clock are unknown. Takes a second, of all CPUs."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return None
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    frequency = psutil.cpu_freq()
    mhz = max(frequency.max or frequency.current, 0) if frequency else float(facts.get("cpu MHz", 0))
    if not facts.get("flags") or not mhz:
        return None
    per_cycle = flops_per_cycle(facts)
    measured = gemm_gflops()
    return Roofline(
        cpus=cpus,
        ghz=round(mhz / 1000, 2),
        flops_per_cycle=per_cycle,
        gflops=round(cpus * mhz / 1000 * per_cycle, 1),
        gemm_gflops=round(measured, 1),
        images_per_s={model: round(measured * 1e9 / flops, 1) for model, flops in FLOPS.items()},
    )


def flops_per_cycle(facts: dict[str, str]) -> int:
    """Of one core, from the fields of /proc/cpuinfo: two fused multiply-add units of the widest registers.

    AMD's Zen 4 (family 25) takes AVX-512 in two halves, so it does no more than with AVX2: counted on one, 31.8.
    """
    flags = set(facts.get("flags", "").split())
    halves = facts.get("vendor_id") == "AuthenticAMD" and int(facts.get("cpu family", 0)) < 26
    if "avx512f" in flags and not halves:
        return 64
    if "fma" in flags:
        return 32
    return 16 if "avx" in flags else 8


def gemm_gflops() -> float:
    """Billions of operations a second in a product of two matrices in single precision, on all CPUs."""
    random = np.random.default_rng(2017)
    left, right = (random.random((_SIDE, _SIDE), np.float32) for _ in range(2))
    product = np.empty_like(left)
    best = float("inf")
    for _ in range(_PRODUCTS):
        started = time.perf_counter()
        np.matmul(left, right, out=product)
        best = min(best, time.perf_counter() - started)
    return float(2 * _SIDE**3 / best / 1e9)
