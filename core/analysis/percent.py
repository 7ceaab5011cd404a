"""Shares from 0 to 1 as people read them: what was measured, how two of them differ, and what a network believes."""

import math


def percent(share: float) -> str:
    """A measured share: ``97.71%``; a dash for the share of nothing."""
    return "–" if math.isnan(share) else f"{share:.2%}"


def points(difference: float) -> str:
    """How much one measured share is above another, in percentage points: ``+0.25``, ``−1.30``."""
    return f"{100 * difference:+.2f}".replace("-", "−")


def probability_percent(probability: float) -> str:
    """A probability, never as a false certainty: ``97%``, ``99.3%``, ``over 99.9%``."""
    if probability > 0.999:
        return "over 99.9%"
    if probability < 0.001:
        return "under 0.1%"
    return f"{probability:.1%}" if probability > 0.99 or probability < 0.01 else f"{probability:.0%}"
