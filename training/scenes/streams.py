"""One random stream per (seed, element), so that changing one field of a scene moves nothing else."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
MASK = (1 << 64) - 1


class Stream:
    """SplitMix64 started from a seed and a name: cheap, and the same on every machine and version."""

    def __init__(self, seed: int, element: str) -> None:
        state = 0xCBF29CE484222325
        for byte in element.encode():  # FNV-1a
            state = ((state ^ byte) * 0x100000001B3) & MASK
        self.state = (state ^ (seed * 0x9E3779B97F4A7C15)) & MASK

    def bits(self) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def unit(self) -> float:
        """A float in [0, 1)."""
        return (self.bits() >> 11) / (1 << 53)

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.unit()

    def below(self, n: int) -> int:
        return int(self.unit() * n)

    def pick(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def chance(self, p: float) -> bool:
        return self.unit() < p

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        x = self.unit() * sum(weights)
        for item, weight in zip(items, weights):
            x -= weight
            if x < 0:
                return item
        return items[-1]
