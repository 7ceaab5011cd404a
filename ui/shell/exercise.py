"""The exercise that holds for this session: what the environment says for all, and what a link says in addition.

The one place that decides whether a page is open and a setting can be changed. Pages are asked for by their address in
the menu, settings by their field of TrainConfig, so that what comes later obeys as well.
"""

from dataclasses import dataclass, field

import streamlit as st

from core.classroom.exercise import EXERCISE, PARAMETERS, Exercise, exercise_of_environment, read_exercise
from ui.shell.menu import titles
from ui.shell.resources import settings
from ui.shell.sentences import say_once
from ui.shell.state import page_state
from ui.shell.url import write_param
from ui.shell.words import escape_markdown


@dataclass
class ExerciseState:
    """What the last link to an exercise said; it holds on every page of the session until somebody leaves it.

    Parameters
    ----------
    holding
        What the environment says as well.
    usable
        That, without what cannot be used here; None where all of it can.
    """

    given: Exercise = field(default_factory=Exercise)
    holding: Exercise | None = None
    usable: Exercise | None = None

    def hold(self, given: Exercise) -> None:
        """Another link has said something else."""
        self.given, self.holding, self.usable = given, None, None


@st.cache_resource(show_spinner=False)
def exercise_of_server() -> Exercise:
    """What ``DIGITLAB_EXERCISE`` says.

    Raises
    ------
    ConfigError
        If it cannot be used.
    """
    return exercise_of_environment(settings().exercise, titles())


def whole_exercise() -> Exercise:
    """What was said; nothing is left out or fixed where nobody has said so."""
    state = page_state(ExerciseState)
    if state.holding is None:
        state.holding = state.given.within(exercise_of_server())
    return state.holding


def current_exercise() -> Exercise:
    """What holds here and now: what was said, with settings at their defaults whose values cannot be used here."""
    return page_state(ExerciseState).usable or whole_exercise()


def set_aside(setting: str) -> None:
    """The value that was said for a setting cannot be used here: it stays at its default until it is tried again."""
    page_state(ExerciseState).usable = current_exercise().at_default(setting)


def try_again() -> None:
    """Let everything hold that was said: what could not be used may have come since."""
    page_state(ExerciseState).usable = None


def open_exercise() -> None:
    """Follow what the URL says of an exercise, name what cannot be, and let the URL of every page say the rest."""
    state = page_state(ExerciseState)
    given = {name: st.query_params.get_all(name) for name in PARAMETERS}
    if any(any(values) for values in given.values()):
        found, complaints = read_exercise(given, titles())
        if found.name:
            state.hold(found)
        elif not complaints:
            complaints = [f"A link to an exercise must also name it, as {EXERCISE}=…; this one is ignored."]
        for complaint in complaints:
            say_once(escape_markdown(complaint))
    _write(state.given)


def leave_exercise() -> None:
    """Let go of what a link said; what the environment says stays."""
    page_state(ExerciseState).hold(Exercise())
    _write(Exercise())


def words_for(exercise: Exercise) -> str:
    """What limits are called that come from here, within a sentence."""
    return f"the exercise “{exercise.name}”" if exercise.name else "this server"


def why_fixed(setting: str) -> str:
    """Why a setting cannot be changed; empty where it can."""
    exercise = current_exercise()
    return f"Fixed by {words_for(exercise)}." if exercise.fixes(setting) else ""


def is_hidden(setting: str) -> bool:
    """Whether a setting is not even shown."""
    return setting in current_exercise().hidden


def _write(exercise: Exercise) -> None:
    said = exercise.query()
    for name in PARAMETERS:
        write_param(name, *said.get(name, []))
