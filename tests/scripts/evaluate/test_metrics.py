import math
import random

import pytest

from scripts.evaluate.metrics import average_precision, f1, ndcg_at, precision_at


def test_average_precision_of_the_example_in_scikit_learns_documentation() -> None:
    # y_true [0, 0, 1, 1], y_scores [0.1, 0.4, 0.35, 0.8]: 0.83…
    assert average_precision([True, False, True, False], 2) == pytest.approx(0.8333333)


def test_hand_computed_values() -> None:
    hits = [True, False, True, False, False, True]
    assert average_precision(hits, 3) == pytest.approx((1 / 1 + 2 / 3 + 3 / 6) / 3)
    assert average_precision(hits, 6) == pytest.approx((1 / 1 + 2 / 3 + 3 / 6) / 6)  # three were never found
    assert precision_at(3, hits) == pytest.approx(2 / 3)
    assert precision_at(10, hits) == pytest.approx(3 / 10)
    # gains 1 and 1/log2(4) of 1 and 1/log2(3)
    assert ndcg_at(3, [True, False, True], 2) == pytest.approx(1.5 / 1.6309297)
    assert ndcg_at(10, [True], 1) == 1
    assert ndcg_at(2, [False, False, True], 1) == 0
    # more relevant than places: ten right ones are the best there can be
    assert ndcg_at(10, [True] * 10, 99) == 1


def as_the_area_under_the_curve(relevance: list[bool], relevant: int) -> float:
    """Σ (recall − recall before) × precision, from counts at every cut: another way than the code's."""
    area, recall_before = 0.0, 0.0
    for cut in range(1, len(relevance) + 1):
        recall = relevance[:cut].count(True) / relevant
        area += (recall - recall_before) * relevance[:cut].count(True) / cut
        recall_before = recall
    return area


def gains_by_table(relevance: list[bool]) -> float:
    return math.fsum(
        math.log(2) / math.log(2 + index) for index in range(10) if index < len(relevance) and relevance[index]
    )


def test_random_rankings_equal_brute_force() -> None:
    rng = random.Random(4)
    for _ in range(300):
        relevance = [rng.random() < 0.4 for _ in range(rng.randint(1, 40))]
        relevant = sum(relevance) + rng.randint(0, 5) or 1
        assert average_precision(relevance, relevant) == pytest.approx(as_the_area_under_the_curve(relevance, relevant))
        best = gains_by_table([True] * relevant)
        assert ndcg_at(10, relevance, relevant) == pytest.approx(gains_by_table(relevance) / best)


@pytest.mark.parametrize("relevant", [0, 1])
def test_fewer_relevant_documents_than_found_are_refused(relevant: int) -> None:
    with pytest.raises(ValueError, match=f"at least 2.*relevant={relevant}"):
        average_precision([True, True], relevant)
    with pytest.raises(ValueError, match=f"at least 2.*relevant={relevant}"):
        ndcg_at(10, [True, True], relevant)


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    # 2 of 4 found are relevant, 2 of 3 relevant are found: 2 / (2 + 3/2)
    assert f1({"a", "b", "c", "d"}, {"a", "b", "e"}) == pytest.approx(4 / 7)
    assert f1(set(), {"a"}) == 0
    assert f1({"a"}, {"a"}) == 1
    with pytest.raises(ValueError, match="at least 1 relevant"):
        f1({"a"}, set())
