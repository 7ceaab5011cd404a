"""Run ids that people can read, say and find again."""

import re
import secrets

from core.config import RUN_ID

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
