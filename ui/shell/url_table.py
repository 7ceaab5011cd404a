"""The words that the URL may say, in one table, and those of older links."""

from collections.abc import Mapping
from types import MappingProxyType

from ui.shell.url_values import Parameter

HOME_ADDRESSES = ("home", "index", "main")
"""What people take for the address of Home, which has none; each opens it."""

PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        "view": Parameter(
            {"browse": "Browse", "statistics": "Statistics", "map": "Map", "labels": "Labels"},
            "There is no view “{value}”; there are {known}.",
            former={"Browse": "browse", "Statistics": "statistics", "Map": "map"},
        ),
        "images": Parameter(
            {"training": "Training", "validation": "Validation", "test": "Test"},
            "There is no split “{value}”; there are {known}.",
            former={"Training": "training", "Validation": "validation", "Test": "test"},
            former_name="split",
        ),
        "order": Parameter(former_name="shuffle"),
        "lit_by": Parameter(
            {"test": "From the test set", "drawing": "Your drawing"},
            "What goes through the network comes from {known}, not from “{value}”.",
        ),
        "layout": Parameter(
            {"pca": "PCA", "tsne": "t-SNE"},
            "There is no layout “{value}”; there are {known}.",
            former={"PCA": "pca", "t-SNE": "tsne"},
        ),
        "candidates": Parameter(
            {"suspects": "Suspicious labels", "copies": "Near-duplicates"},
            "There are no candidates “{value}”; there are {known}.",
        ),
        "colours": Parameter(
            {"label": "Label", "predicted": "Answer", "correct": "Correct or not", "confidence": "Confidence"},
            "Points are coloured by {known}, not by “{value}”.",
        ),
        "spread": Parameter(
            {"weights": "Weights", "activations": "Activations", "gradients": "Gradients"},
            "What is spread is {known}, not “{value}”.",
        ),
        "cells": Parameter(
            {"counts": "Counts", "by_true_row": "Row %", "by_predicted_column": "Column %"},
            "Cells show {known}, not “{value}”.",
            former={"by true row": "by_true_row", "by predicted column": "by_predicted_column"},
        ),
        "sort": Parameter(
            {"confidence": "confidence", "loss": "loss", "margin": "margin"},
            "Mistakes can be sorted by {known}, not by “{value}”.",
        ),
        "mistakes": Parameter(
            {"list": "List", "game": "You against the network"},
            "Mistakes come as {known}, not as “{value}”.",
        ),
        "learned": Parameter(
            {
                "never": "Never learned",
                "forgotten": "Forgotten",
                "unsteady": "Back and forth",
                "late": "Learned late",
                "early": "Learned early",
            },
            "There is no learning order “{value}”; there are {known}.",
        ),
        "accuracy_axis": Parameter(
            {"accuracy": "Accuracy, 0–100%", "error_rate": "Error rate, logarithmic"},
            "The axis of accuracy is drawn as {known}, not as “{value}”.",
        ),
        "epoch_axis": Parameter(
            {"linear": "Linear", "logarithmic": "Logarithmic"},
            "The axis of epochs is drawn as {known}, not as “{value}”.",
        ),
        "curve": Parameter(
            {
                "val_accuracy": "Validation accuracy",
                "val_loss": "Validation loss",
                "train_accuracy": "Training accuracy",
                "train_loss": "Training loss",
            },
            "There is no curve “{value}”; there are {known}.",
        ),
        "across": Parameter(
            {"epochs": "By epoch", "seconds": "By seconds"},
            "Curves are drawn across {known}, not “{value}”.",
        ),
        "curve_scale": Parameter(
            {"linear": "Linear", "logarithmic": "Logarithmic"},
            "The vertical axis is {known}, not “{value}”.",
        ),
        "compared_on": Parameter(
            {"validation": "Validation images", "test": "Test images"},
            "Runs are compared on {known}, not on “{value}”.",
        ),
        "change": Parameter(
            {
                "shift": "Shift",
                "rotation": "Rotation",
                "scale": "Scale",
                "thickness": "Stroke thickness",
                "blur": "Blur",
                "noise": "Noise",
                "contrast": "Contrast",
                "occlusion": "Occlusion",
                "inversion": "Inversion",
            },
            "There is no change “{value}”; there are {known}.",
        ),
        "attack": Parameter({"pgd": "PGD", "fgsm": "FGSM"}, "There is no attack “{value}”; there are {known}."),
        "source": Parameter(
            {
                "draw": "Draw",
                "upload": "Picture",
                "many": "Many pictures",
                "camera": "Camera",
                "test": "Test set",
            },
            "There is no source called “{value}”; here is the canvas.",
        ),
        "why": Parameter(
            {
                "integrated": "Integrated gradients",
                "saliency": "Gradient",
                "occlusion": "Occlusion",
                "flip": "Smallest change",
                "walk": "Walk to another",
                "neighbours": "Neighbours",
            },
            "An answer is explained by {known}, not by “{value}”.",
        ),
        "answers_by": Parameter(
            {"files": "As given", "unsure": "Least sure first", "sure": "Surest first"},
            "Answers come in the order {known}, not “{value}”.",
        ),
        "way": Parameter(
            {"new": "New to this", "lesson": "A lesson", "depth": "In depth"},
            "Learn has the ways {known}, not “{value}”.",
        ),
        "card": Parameter(
            {
                "image": "1. A picture is numbers",
                "stencil": "2. A unit is a stencil",
                "guess": "3. It guesses",
                "mistakes": "4. Its mistakes",
                "step": "5. A step of learning",
                "overfitting": "6. Learning by heart",
                "unknown": "7. What it cannot know",
                "mnist": "8. Whose handwriting",
            },
            "There is no card “{value}”; there are {known}.",
        ),
        "plan": Parameter(
            {"45": "45 minutes", "90": "90 minutes"},
            "There is no plan of “{value}” minutes; there are {known}.",
        ),
        "part": Parameter(
            {
                "questions": "Questions",
                "walk": "Follow one digit",
                "experiments": "Experiments",
                "words": "Words and shapes",
                "background": "Background",
                "puzzles": "Spot the bug",
                "challenges": "Challenges",
            },
            "There is no part “{value}”; there are {known}.",
        ),
        "sampler": Parameter(
            {"tpe": "TPE", "random": "Random", "grid": "Grid"},
            "There is no sampler “{value}”; there are {known}.",
        ),
        "budget": Parameter(
            {"minutes": "Time", "trials": "Number of trials"},
            "A search lasts for {known}, not “{value}”.",
        ),
        "walked": Parameter(
            {"mlp": "One hidden layer, one training step", "cnn": "A CNN, pixels to answer"},
            "A digit is followed through {known}, not “{value}”.",
        ),
        "walk_images": Parameter(
            {"all": "All", "misread": "Misread"},
            "Images are {known}, not “{value}”.",
        ),
        "weight": Parameter(
            {
                "steepest": "The pixel → hidden weight with the steepest gradient",
                "hidden": "Pixel → hidden unit",
                "output": "Hidden unit → digit",
            },
            "Weights are {known}, not “{value}”.",
        ),
    }
)
"""Every parameter that takes one of a few identifiers, or had another name. Settings are in ``ui/settings/help.py``."""
