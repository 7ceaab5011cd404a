import pytest

from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES, DatasetEntry
from ui.shell.words import describe, escape_markdown, item, listed, one, told_apart

LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (DIGIT_NAMES, "digit"),
        (LETTERS, "letter"),
        (("0", "A"), "image"),
        (("Coat", "Bag"), "image"),
        (("ぬ",), "letter"),
    ],
)
def test_images_are_called_what_they_show(names, word) -> None:
    assert item(names) == word
    assert one(word) == {"digit": "a digit", "letter": "a letter", "image": "an image"}[word]


def test_long_lists_say_how_many_more() -> None:
    assert listed(("a", "b")) == "a, b"
    assert listed(LETTERS, 3) == "A, B, C and 23 more"


def test_the_sentence_names_what_differs_from_the_defaults() -> None:
    entry = DatasetEntry("letters", "EMNIST letters", "", 1_000, 100, LETTERS, is_built_in=False)
    config = TrainConfig(dataset="letters", backend="numpy", widths="64,32")
    said = describe(config, None, entry)
    assert "Pixels to 26 letters through 2 hidden layers: **784 – 64 – 32 – 26**" in said
    assert "over 800 images of **EMNIST letters**, by NumPy from scratch." in said
    assert "two convolutions" in describe(TrainConfig(architecture="cnn"), 30)
    assert describe(TrainConfig(), 30).startswith("Pixels to digits through one hidden layer: **784 – 128 – 10**")


def test_labels_that_are_alike_get_their_marks() -> None:
    marks = {"b-12": "12", "c-34": "34"}
    assert told_apart({"a": "A", "b-12": "A", "c-34": "C"}, marks) == {"a": "A", "b-12": "A (12)", "c-34": "C"}
    assert told_apart({"b-12": "A", "c-34": "A"}, marks) == {"b-12": "A (12)", "c-34": "A (34)"}


def test_labels_whose_marks_are_alike_get_their_keys() -> None:
    told = told_apart({"b-12": "A", "c-12": "A"}, {"b-12": "12", "c-12": "12"})
    assert len(set(told.values())) == 2


@pytest.mark.parametrize(
    ("typed", "markdown"),
    [
        ("**b** [x](http) $a^2$ :red[x] <b>", r"\*\*b\*\* \[x\](http) \$a^2\$ \:red\[x\] \<b\>"),
        ("m_quick-panda 12:30", r"m\_quick-panda 12\:30"),
        ("a\\*b `c` ~d~ |e| &amp;", r"a\\\*b \`c\` \~d\~ \|e\| \&amp;"),
        ("1. one\n- two\n# three\n===", "1\\. one\n\\- two\n\\# three\n==\\="),
        ("-3", "-3"),
        ("A run’s name: 1–40 letters, not “x” (1.5 %)!", "A run’s name: 1–40 letters, not “x” (1.5 %)!"),
    ],
)
def test_what_somebody_typed_is_no_markup(typed: str, markdown: str) -> None:
    assert escape_markdown(typed) == markdown


@pytest.mark.parametrize(
    "typed", [":rocket:", ":material/face:", ":streamlit:", "http://x.org", "www.x.org", "a@x.org", "a -> b", "a >= b"]
)
def test_what_is_read_as_text_gets_a_joiner_that_nobody_sees(typed: str) -> None:
    """Streamlit turns these into icons, links and arrows whether or not they are escaped."""
    shown = escape_markdown(typed)
    assert shown.count("\u2060") == 1
    assert shown.replace("\u2060", "").replace("\\", "") == typed
