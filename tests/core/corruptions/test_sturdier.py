import pytest

from core.config import TrainConfig
from core.corruptions.changes import CHANGES
from core.corruptions.sturdier import REMEDIES, remedies_for, sturdier


def results(**at: float) -> dict[str, tuple[float, ...]]:
    """90% everywhere, but at the worst of a remedy's strengths what is given for its change."""
    found = {}
    for remedy in REMEDIES:
        strengths = CHANGES[remedy.change].strengths
        values = [0.9] * len(strengths)
        values[strengths.index(remedy.strengths[-1])] = at.get(remedy.change, 0.9)
        found[remedy.measurement] = tuple(values)
    return found


@pytest.mark.parametrize("remedy", REMEDIES)
def test_what_costs_more_than_a_point_is_trained_with(remedy) -> None:
    assert remedies_for(TrainConfig(), results(**{remedy.change: 0.895})) == ()
    lost = results(**{remedy.change: 0.7})
    assert remedy.accuracy(lost) == 0.7
    assert remedy.lost(lost) == pytest.approx(0.2)
    assert remedies_for(TrainConfig(), lost) == (remedy,)
    assert remedies_for(TrainConfig(**{remedy.setting: remedy.value}), lost) == ()


@pytest.mark.parametrize(("epochs", "expected"), [(1, 10), (5, 10), (8, 16), (150, 200)])
def test_a_sturdier_run_has_all_remedies_and_twice_the_epochs(epochs: int, expected: int) -> None:
    config = TrainConfig(epochs=epochs, hidden_size=77, erasing=0.1)
    better = sturdier(config, REMEDIES)
    changed = {name for name in TrainConfig.model_fields if getattr(better, name) != getattr(config, name)}
    assert changed == {"shift", "rotation", "zoom", "erasing", "epochs"}
    assert better.epochs == expected


def test_the_numpy_backend_hands_over_to_pytorch() -> None:
    assert sturdier(TrainConfig(backend="numpy", activation="tanh"), REMEDIES).backend == "torch"
