"""The fewest machines that are enough."""

from collections.abc import Callable


def fewest(least: int, enough: Callable[[int], bool]) -> int:
    """The smallest number from `least` on that is enough, where every larger number is enough too."""
    too_few, found = least - 1, least
    while not enough(found):
        too_few, found = found, found * 2
    while found - too_few > 1:
        middle = (too_few + found) // 2
        too_few, found = (too_few, middle) if enough(middle) else (middle, found)
    return found
