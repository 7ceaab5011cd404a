"""Rights: who may change a run or delete a dataset, where nobody logs in."""

from core.runs.records import Run
from core.runs.whose import Whose

NOT_YOURS = "somebody else started it on this server: only they or a teacher can change it."
OF_THE_CLASS = "it belongs to the class: only a teacher can change it."


def why_not_change(run: Run | Whose, me: str, *, is_teacher: bool, has_key: bool) -> str:
    """Why somebody may not stop, continue, rename, delete, tag, star or annotate a run; empty if they may.

    A run that nobody owns, from the command line or an earlier version, may be changed by anybody, unless the
    server has a teacher or the run belongs to an exercise.

    Parameters
    ----------
    me
        The owner’s id of the person who asks.
    has_key
        Whether this server has a teacher’s key.
    """
    is_class = has_key or bool(run.exercise)
    return why_not_change_owned(run.owner, me, is_teacher=is_teacher, is_class=is_class)


def why_not_change_owned(owner: str | None, me: str, *, is_teacher: bool, is_class: bool) -> str:
    """Why somebody may not change what an owner has begun, a run or a search; empty if they may.

    Parameters
    ----------
    owner
        None for the command line or an earlier version: anybody may change it, or in a class its teacher.
    me
        The owner’s id of the person who asks.
    is_class
        Whether this server has a teacher’s key, or the run belongs to an exercise.
    """
    if is_teacher or owner == me:
        return ""
    if owner is not None:
        return NOT_YOURS
    return OF_THE_CLASS if is_class else ""


def why_not_delete(owner: str, me: str, *, is_teacher: bool, is_class: bool) -> str:
    """Why somebody may not delete an imported dataset; empty if they may.

    Parameters
    ----------
    owner, me
        The marks of the dataset’s owner, empty where it is nobody’s own, and of the person who asks.
    is_class
        Whether this server has a teacher’s key, or the person who asks is in an exercise.
    """
    if is_teacher or owner == me:
        return ""
    if owner:
        return "somebody else imported it on this server: only they or a teacher can delete it."
    return OF_THE_CLASS.replace("change", "delete") if is_class else ""
