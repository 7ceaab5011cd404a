"""Rights: who may change a run or delete a dataset, where nobody logs in."""

from core.runs.records import Run

NOT_YOURS = "somebody else started it on this server: only they or a teacher can change it."
OF_THE_CLASS = "it belongs to the class: only a teacher can change it."


def why_not_change(run: Run, me: str, *, is_teacher: bool, has_key: bool) -> str:
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
    if is_teacher or run.owner == me:
        return ""
    if run.owner is not None:
        return NOT_YOURS
    return OF_THE_CLASS if has_key or run.exercise else ""


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
