"""The limit that figures are compared with."""

import pytest

from scripts.bench.analysis.roofline import FLOPS, flops_per_cycle, gemm_gflops

AVX512 = "fpu avx avx2 fma avx512f"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"vendor_id": "AuthenticAMD", "cpu family": "25", "flags": AVX512}, 32),  # Zen 4
        ({"vendor_id": "AuthenticAMD", "cpu family": "26", "flags": AVX512}, 64),  # Zen 5
        ({"vendor_id": "GenuineIntel", "cpu family": "6", "flags": AVX512}, 64),
        ({"vendor_id": "GenuineIntel", "cpu family": "6", "flags": "avx avx2 fma"}, 32),
        ({"vendor_id": "GenuineIntel", "cpu family": "6", "flags": "avx"}, 16),
        ({"flags": "fpu"}, 8),
    ],
)
def test_operations_in_a_cycle(facts: dict[str, str], expected: int) -> None:
    assert flops_per_cycle(facts) == expected


def test_a_product_of_matrices_is_measured() -> None:
    assert gemm_gflops() > 0


def test_work_is_that_of_the_networks_layers() -> None:
    """Twice the multiplications of each convolution and dense layer of VGG16, from its shapes."""
    multiplications, side, channels = 0, 224, 3
    for block, (layers, filters) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))):
        side = 224 >> block
        for _ in range(layers):
            multiplications += side * side * 9 * channels * filters
            channels = filters
    multiplications += 7 * 7 * 512 * 4096 + 4096 * 4096 + 4096 * 1000
    assert FLOPS["vgg16"] == pytest.approx(2 * multiplications, rel=0.01)
