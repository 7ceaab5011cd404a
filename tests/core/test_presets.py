from core.config import TrainConfig
from core.presets import PRESETS


def test_quick_better_best_in_this_order() -> None:
    assert [preset.name for preset in PRESETS] == ["quick", "better", "best"]
    assert [preset.title for preset in PRESETS] == ["Quick", "Better", "Best"]


def test_more_is_promised_for_more_work() -> None:
    work = [preset.config.epochs * preset.config.parameter_count() for preset in PRESETS]
    assert work == sorted(work)
    accuracies = [preset.test_accuracy for preset in PRESETS]
    assert accuracies == sorted(accuracies)
    # What the product promises on its own pages.
    assert all(reached >= promised for reached, promised in zip(accuracies, (0.975, 0.982, 0.985), strict=True))


def test_quick_is_what_the_sidebar_opens_with() -> None:
    assert PRESETS[0].config == TrainConfig()


def test_presets_train_on_all_images_and_survive_a_link() -> None:
    for preset in PRESETS:
        assert preset.config.training_size == 55_000
        assert TrainConfig.from_json(preset.config.to_json()) == preset.config
        assert preset.promise.endswith(".")
