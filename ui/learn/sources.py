"""Which of the product's own code each question shows, as :func:`core.learn.source.source_of` takes it."""

from collections.abc import Mapping
from types import MappingProxyType

SOURCES: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        1: ("requirements.txt",),
        2: (
            "core/engine/preloaded.py",
            "core.exports.mlflow_run:_mlflow",
        ),
        3: (
            "core.data.mnist:load_mnist",
            "core.data.idx:_read_header",
        ),
        4: (
            "core.drawings.preprocessing:normalise",
            "core.data.splits:scaling_of",
        ),
        5: ("core.data.splits:stratified_split",),
        6: (
            "core.data.torch_adapter:TorchImages",
            "core.training.torch_learner:TorchLearner.begin_epoch",
        ),
        7: (
            "core.models.mlp:MLP.__init__",
            "core.models.mlp:MLP.forward",
        ),
        8: (
            "core.models.flat:draw_weights",
            "core.models.functional:initial_bound",
        ),
        9: (
            "core.models.functional:activate",
            "core.models.functional:multiply_by_slope",
        ),
        10: (
            "core.models.functional:logit_gradient",
            "core.models.functional:mean_loss",
        ),
        11: (
            "core.models.numpy_optimizer:NumpyOptimizer.step",
            "core.models.numpy_optimizer:NumpyOptimizer._adam",
        ),
        12: (
            "core.training.torch_learner:TorchLearner.train_batch",
            "core.models.mlp:MLP.backpropagate",
            "core.models.mlp:MLP._forward",
        ),
        13: ("core.training.local:train_here",),
        14: ("core.training.events:BatchProgress",),
        15: (
            "core.models.numpy_model:NumpyModel.probabilities",
            "core.models.numpy_model:NumpyModel._forward",
        ),
        16: (
            "core.analysis.predictions:Predictions.accuracy",
            "core.analysis.intervals:wilson_interval",
        ),
        17: (
            "core.figures.curve_points:curve_points",
            "core.models.numpy_model:NumpyModel.first_layer_images",
        ),
        18: ("core.analysis.confusion:confusion_matrix",),
        19: (
            "core.runs.model_file:write_model",
            "core.atomic:replacing",
        ),
        20: (
            "core.runs.model_tensors:read_model",
            "core.models.numpy_model:check_weights",
            "core.runs.model_file:_check",
        ),
        21: (
            "core.training.finder:find_learning_rate",
            "core.training.fit:_Training._judge",
        ),
        22: (
            "core.training.fit:_Training._is_out_of_patience",
            "core.models.mlp:MLP._forward",
        ),
        23: (
            "core.training.schedule:learning_rate_at",
            "core.training.schedule:_scheduled",
        ),
        24: ("core.data.augmentation:augment",),
        25: ("core.training.learner:weights_to_start_from",),
        26: ("core.learn.lessons.compare:compare_answers",),
        27: (
            "core.models.build:build_network",
            "core.models.shapes:parameter_shapes",
        ),
        28: (
            "core.data.augmentation:_affine_grid",
            "core.drawings.preprocessing:drawing_to_digit",
            "core.drawings.preprocessing:drawing_to_digits",
        ),
        29: ("core.data.bundled:load_sklearn_digits",),
        30: (
            "core.training.torch_learner:TorchLearner._mix",
            "core.training.torch_learner:TorchLearner._clip_gradient",
        ),
        31: (
            "ui.digits.reading:read_ink",
            "core.analysis.verdict:judge",
        ),
    }
)
"""Number of a question → where the product does what it asks about."""
