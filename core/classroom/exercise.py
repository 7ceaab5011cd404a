"""Exercise: what is left to choose, as a link or the environment says it, in one small language.

::

    exercise=wide-or-deep     its name, under which its runs are listed
    pages=train,evaluate      the pages that it opens; all others are left out, also those that come later
    hide=draw,momentum        pages and settings that it leaves out
    fix=hidden_size:64        a setting and its value; once for each setting, without a value the default
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, Self
from urllib.parse import parse_qs

from core.config import TrainConfig, number_text, setting_title
from core.errors import ConfigError

EXERCISE, PAGES, HIDE, FIX = PARAMETERS = ("exercise", "pages", "hide", "fix")
ALWAYS_OPEN: Final = "class"
"""The page that every exercise has: the way back to it."""
LONGEST_NAME = 40
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MOST_WORDS = 200
_DEFAULTS = TrainConfig()
_NO_VALUES: Mapping[str, Any] = MappingProxyType({})
_LAYERS = frozenset({"hidden_size", "hidden_layers"})
_RULING_OUT: Mapping[str, str] = MappingProxyType({"backend": "numpy", "loss": "squared_error"})
"""Choices beside which some values of other settings cannot be."""


@dataclass(frozen=True)
class Exercise:
    """What is open, hidden and fixed. As it is made without anything, it leaves everything as it is.

    Parameters
    ----------
    name
        Lower-case letters, digits and hyphens; empty where runs are not listed together.
    pages
        Addresses of the pages that are open, that of the class among them; None for all.
    hidden
        Pages and settings that are left out.
    fixed
        Values by the names of settings.
    """

    name: str = ""
    pages: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()
    fixed: Mapping[str, Any] = field(default_factory=lambda: _NO_VALUES)

    def leaves_out(self, page: str) -> bool:
        """Whether a page cannot be used."""
        if page == ALWAYS_OPEN:
            return False
        return page in self.hidden or (self.pages is not None and page not in self.pages)

    @cached_property
    def implied(self) -> frozenset[str]:
        """Settings that stay at their defaults as well: other values would undo what is fixed, or rule it out.

        Widths per layer and a linear classifier override the size and the number of hidden layers, for example.
        """
        said = self.fixed.keys() | self.hidden
        found = {name for name, value in _RULING_OUT.items() if not _go_together({**self.fixed, name: value})}
        if said & _LAYERS:
            found |= {"widths", "architecture"}
        if self.fixed.get("widths"):
            found.add("architecture")
        return frozenset(found - said)

    @cached_property
    def held(self) -> Mapping[str, Any]:
        """What the settings are that cannot be changed: fixed, hidden or implied."""
        names = self.fixed.keys() | self.hidden | self.implied
        return MappingProxyType(
            {name: self.fixed.get(name, getattr(_DEFAULTS, name)) for name in TrainConfig.model_fields if name in names}
        )

    def fixes(self, setting: str) -> bool:
        """Whether a setting cannot be changed; one that is hidden cannot."""
        return setting in self.held

    def value_of(self, setting: str) -> Any:
        """What a setting is that is fixed; of any other, its default."""
        return self.held.get(setting, getattr(_DEFAULTS, setting))

    def applied_to(self, config: TrainConfig) -> TrainConfig:
        """The config with what is fixed.

        Raises
        ------
        ConfigError
            If its other settings do not go with that.
        """
        return config.replace(**self.held) if self.held else config

    def is_obeyed_by(self, config: TrainConfig) -> bool:
        """Whether a config has what is fixed."""
        return all(getattr(config, name) == value for name, value in self.held.items())

    def at_default(self, setting: str) -> "Exercise":
        """The same with a setting fixed at its default."""
        return replace(self, fixed=MappingProxyType({**self.fixed, setting: getattr(_DEFAULTS, setting)}))

    def within(self, outer: Self) -> "Exercise":
        """What holds where another exercise holds already: this one adds limits to those, and takes none away.

        What it fixes that cannot be beside those, such as a CNN beside the NumPy backend, it leaves at its default.
        """
        if outer == Exercise():
            return self
        pages = [pages for pages in (self.pages, outer.pages) if pages is not None]
        fixed = dict(outer.fixed)
        for name, value in self.fixed.items():
            if not outer.fixes(name):
                fixed[name] = value if _go_together({**fixed, name: value}) else getattr(_DEFAULTS, name)
        return Exercise(
            outer.name or self.name,
            frozenset.intersection(*pages) if pages else None,
            self.hidden | outer.hidden,
            MappingProxyType(fixed),
        )

    def query(self) -> dict[str, list[str]]:
        """What a link says of it: :func:`read_exercise` reads the same again."""
        lists = {EXERCISE: self.name, HIDE: ",".join(sorted(self.hidden))}
        if self.pages is not None:
            lists[PAGES] = ",".join(sorted(self.pages - {ALWAYS_OPEN})) or ALWAYS_OPEN
        said = {name: [text] for name, text in lists.items() if text}
        return said | ({FIX: [_written(name, value) for name, value in self.fixed.items()]} if self.fixed else {})


def exercise_name(text: str) -> str:
    """A name as a link can carry it: ``Wide or deep?`` → ``wide-or-deep``.

    Raises
    ------
    ConfigError
        If nothing is left of it, or too much.
    """
    name = "-".join(re.findall(r"[a-z0-9]+", text.lower()))
    if not name or len(name) > LONGEST_NAME:
        raise ConfigError(f"An exercise needs a name of 1 to {LONGEST_NAME} letters and digits, not “{_shown(text)}”.")
    return name


def read_exercise(given: Mapping[str, Sequence[str]], pages: Iterable[str]) -> tuple[Exercise, list[str]]:
    """The exercise that a query says, and a sentence about each thing in it that cannot be; the rest holds.

    Parameters
    ----------
    given
        Values by parameter; others than those of an exercise are not looked at.
    pages
        Addresses of all pages that there are.
    """
    reader = _Reader(frozenset(pages))
    name, open_pages = reader.name(given.get(EXERCISE, ())), reader.open_pages(given.get(PAGES, ()))
    hidden, fixed = reader.hidden(given.get(HIDE, ())), reader.fixed(given.get(FIX, ()))
    return Exercise(name, open_pages, hidden, fixed), reader.complaints


def exercise_of_environment(text: str, pages: Iterable[str]) -> Exercise:
    """The exercise that ``DIGITLAB_EXERCISE`` says, in the language of links: ``pages=train&fix=epochs:3``.

    Raises
    ------
    ConfigError
        If anything in it cannot be.
    """
    given = parse_qs(text.strip().lstrip("?"), keep_blank_values=True)
    unknown = [name for name in given if name not in PARAMETERS]
    exercise, complaints = read_exercise(given, pages)
    if text.strip() and not given:
        complaints = ["It is written like the query string of a link: pages=train,evaluate&fix=epochs:3."]
    if unknown:
        complaints = [f"There is no “{_shown(unknown[0])}” in an exercise: it has {', '.join(PARAMETERS)}."]
    if complaints:
        raise ConfigError(f"DIGITLAB_EXERCISE cannot be used. {complaints[0]}")
    return exercise


class _Reader:
    """Reads the parameters one by one, and keeps what is wrong with them."""

    def __init__(self, pages: frozenset[str]) -> None:
        self._pages = pages
        self.complaints: list[str] = []

    def name(self, given: Sequence[str]) -> str:
        text = given[-1] if given else ""
        if text and not (_NAME.fullmatch(text) and len(text) <= LONGEST_NAME):
            self.complaints.append(
                f"An exercise’s name consists of up to {LONGEST_NAME} lower-case letters, digits and hyphens, unlike "
                f"“{_shown(text)}”."
            )
            return ""
        return text

    def open_pages(self, given: Sequence[str]) -> frozenset[str] | None:
        """What they are; a list of none that is there opens none, for a typing error must not open what was closed."""
        words = _words(given)
        if not words:
            return None
        for word in words:
            if word not in self._pages:
                self.complaints.append(f"There is no page “{_shown(word)}”: this exercise cannot open it.")
        return frozenset(words) & self._pages | {ALWAYS_OPEN}

    def hidden(self, given: Sequence[str]) -> frozenset[str]:
        known = self._pages | TrainConfig.model_fields.keys()
        words = _words(given)
        for word in words:
            if word not in known:
                self.complaints.append(f"There is no page or setting “{_shown(word)}”: this exercise cannot hide it.")
        return frozenset(words) & known

    def fixed(self, given: Sequence[str]) -> Mapping[str, Any]:
        values: dict[str, Any] = {}
        for text in given[:_MOST_WORDS]:
            name, colon, value = text.partition(":")
            if name not in TrainConfig.model_fields:
                self.complaints.append(f"There is no setting “{_shown(name)}”: this exercise cannot fix it.")
                continue
            try:
                config = TrainConfig.from_mapping({name: value} if colon else {})
                TrainConfig.from_mapping(values | {name: getattr(config, name)})
            except ConfigError as error:
                self.complaints.append(f"{error} This exercise leaves {setting_title(name)} at its default.")
                config = _DEFAULTS
            values[name] = getattr(config, name)
        return MappingProxyType(values)


def _go_together(values: Mapping[str, Any]) -> bool:
    try:
        TrainConfig.from_mapping(values)
    except ConfigError:
        return False
    return True


def _words(given: Sequence[str]) -> list[str]:
    return [word for text in given for word in text.split(",") if word][:_MOST_WORDS]


def _written(name: str, value: Any) -> str:
    """``learning_rate:0.001``, ``bias:false``: as the URL of Train has it."""
    if isinstance(value, bool):
        return f"{name}:{str(value).lower()}"
    return f"{name}:{number_text(value) if isinstance(value, float) else value}"


def _shown(text: str) -> str:
    return " ".join(text[:80].split())[:40]
