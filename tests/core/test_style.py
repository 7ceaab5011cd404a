"""The words of docs/STYLE.md: every rule finds what it names, and lets good sentences pass."""

import re

import pytest

from scripts.check_style import _SCRIPT_STRING, _TAG, ROOT, RULES, docstrings_in, hits_in, strings_in

BROKEN = {
    "is-no": "A zip is no picture.",
    "training": "It begins a training of its own.",
    "rightly": "Read rightly by both.",
    "so-many": "Wait for so many epochs.",
    "anew": "The chart is drawn anew.",
    "broken-off": "The download broke off.",
    "turned-round": "The image was turned round.",
    "put-right": "This was put right.",
    "takes-off": "It takes off the mean.",
    "stands": "The label stands in the first column.",
    "commas": "Names with commas between them.",
    "bend": "Without a bend it is one layer.",
    "percent": "Right in 97.8 % of all cases.",
    "dataset": "Choose a data set.",
    "brings-in": "The page brings them in.",
    "shall": "What shall be read?",
    "hopeless": "Stop hopeless trials.",
    "speaks-for": "Orange speaks for it.",
    "went-away": "Its worker went away.",
    "right-answers": "Right answers are grey.",
    "derivative-by": "The derivative of the loss by each logit.",
    "an-eight": "The network reads a 8 here.",
    "looks-whether": "A test looks whether it is there.",
    "as-many": "Trained with as many threads.",
    "for-ever": "Equal for ever.",
    "not-a-numbers": "It becomes 785 not-a-numbers.",
    "whoever": "Open to whoever reaches the port.",
    "what-came-of": "It shows what came of it.",
    "goes-on": "The run goes on at a click.",
    "apostrophe": "The run's name.",
}
FINE = (
    "There is no digit in this picture.",
    "It is no longer there.",
    "A training run of 3 epochs on a training image.",
    "97.8% of the dataset’s images are correct.",
    "Wait for this many epochs.",
    "At most as many epochs as before, in as many as nine sets.",
    "An ongoing run; the images that go on a map.",
)


def test_every_rule_is_tried() -> None:
    assert BROKEN.keys() == RULES.keys()


@pytest.mark.parametrize("rule", BROKEN)
def test_a_rule_finds_what_it_names(rule: str) -> None:
    assert [hit.rule for hit in hits_in(BROKEN[rule], "here")] == [rule]


@pytest.mark.parametrize("sentence", FINE)
def test_good_sentences_pass(sentence: str) -> None:
    assert not list(hits_in(sentence, "here"))


def test_strings_and_docstrings_are_told_apart() -> None:
    source = '"""It is no module."""\nNAME = "one"\nTEXT = f"It has {1} word"\n'
    assert list(strings_in(source)) == [(3, "It has {} word")]
    assert list(docstrings_in(source)) == [(1, "It is no module.")]


def test_the_page_names_every_rule() -> None:
    named = re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "docs" / "STYLE.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert named == list(RULES)


def test_pages_of_the_api_and_scripts_of_the_browser_are_read_too() -> None:
    assert _TAG.sub(" ", '<p class="quiet">Loading {% if a %}…</p>').split() == ["Loading", "…"]
    said = ["".join(found) for found in _SCRIPT_STRING.findall('say("No strokes", "one"); // the page’s `a b`')]
    assert said == ["No strokes", "one", "a b"]
