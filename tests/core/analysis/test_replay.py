"""Where a run can be gone back to, and what it is called there."""

from itertools import pairwise

from core.analysis.replay import MOST_EPOCHS, nearest_place, replay_places
from tests.core.builders import make_early, make_metrics


def test_early_snapshots_come_before_the_epochs() -> None:
    places = replay_places([make_early(step) for step in (0, 1, 3)], [make_metrics(1), make_metrics(2, step=4)])
    assert [place.words for place in places] == [
        "before the first batch",
        "after 1 batch",
        "after 3 batches",
        "epoch 1",
        "epoch 2, 4 of 10 batches",
    ]
    assert [place.name for place in places] == ["0", "0.1", "0.3", "1", "1.4"]
    assert [place.epoch for place in places] == [None, None, None, 1, 2]
    assert places[1].probe_predicted == make_early(1).probe_predicted
    assert [place.val_images for place in places[-2:]] == [4_950, 9_900]


def test_a_first_epoch_that_was_cut_off_hides_nothing_but_what_comes_after() -> None:
    places = replay_places([make_early(step) for step in (0, 1, 3)], [make_metrics(1, step=1)])
    assert [place.words for place in places] == ["before the first batch", "epoch 1, 1 of 10 batches"]


def test_of_many_epochs_evenly_spaced_ones_the_first_and_the_last() -> None:
    places = replay_places([], [make_metrics(epoch) for epoch in range(1, 200)])
    epochs = [place.epoch for place in places]
    assert MOST_EPOCHS / 2 < len(epochs) <= MOST_EPOCHS
    assert (epochs[0], epochs[-1]) == (1, 199)
    assert len({after - before for before, after in pairwise(epochs[1:-1])}) == 1


def test_a_run_that_grows_loses_places_and_moves_none() -> None:
    metrics = [make_metrics(epoch) for epoch in range(1, 201)]
    names = [[place.name for place in replay_places([], metrics[:count])] for count in range(1, 201)]
    for count, (before, after) in enumerate(pairwise(names), 2):
        assert set(after) <= {*before, str(count)}
    # Whoever looks at one of the others keeps it, until every second of them goes.
    thinned = [after for before, after in pairwise(names) if not set(before[:-1]) <= set(after)]
    assert [len(after) > MOST_EPOCHS / 2 for after in thinned] == [True] * 3
    assert names[MOST_EPOCHS - 1] == [str(epoch) for epoch in range(1, MOST_EPOCHS + 1)]


def test_the_place_of_a_url_is_the_nearest() -> None:
    places = replay_places([make_early(0), make_early(3)], [make_metrics(1), make_metrics(2)])
    assert [nearest_place(places, position).name for position in (0.1, 0.2, 0.9, 77)] == ["0", "0.3", "1", "2"]
    assert nearest_place([], 1.0) is None
