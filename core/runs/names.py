"""Run ids that people can read, say and find again."""

import re
import secrets

from core.config import RUN_ID
from core.errors import RunError

_ADJECTIVES = (
    "amber bold brave bright brisk calm clever cosy crisp eager fair fleet fond gentle glad golden "
    "happy keen kind lively lucky mellow merry mild neat nimble plucky proud quick quiet ready rosy "
    "silver sleek smart snowy spry steady sunny swift tidy vivid warm wise witty young zesty"
)
_NOUNS = (
    "badger beaver bison crane curlew deer dove eagle falcon ferret finch fox gecko goose hare heron "
    "ibex jay kestrel kiwi koala lark lemur linnet lynx magpie marten mole newt otter owl panda "
    "petrel plover puffin quail raven robin seal shrew sparrow stoat swan tern thrush vole wren yak"
)


def new_run_id() -> str:
    """For instance ``brave-otter-3f2a91``."""
    return f"{secrets.choice(_ADJECTIVES.split())}-{secrets.choice(_NOUNS.split())}-{secrets.token_hex(3)}"


def is_run_id(text: str) -> bool:
    """Whether it could be a run id."""
    return re.fullmatch(RUN_ID, text) is not None


def checked_run_id(text: str) -> str:
    """The text, if it can be a run id.

    Raises
    ------
    RunError
        If it cannot.
    """
    if not is_run_id(text):
        raise RunError(f"A run’s ID consists of lower-case letters, digits and hyphens, unlike “{text[:64]}”.")
    return text


def tidy_name(text: str) -> str:
    """What is left of a name that somebody has typed: at most 40 characters that can be shown.

    Raises
    ------
    RunError
        If nothing is left.
    """
    name = tidy(text)[:40].strip()
    if not name:
        raise RunError("A run needs a name of at least one letter.")
    return name


def tidy(text: str) -> str:
    """One line of what can be shown, single spaces between words."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
