"""Folders of pictures that are a sample of others, ``trainingSample`` beside ``trainingSet``: those are left out."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.data.importing.members import Member
from core.data.importing.parts import Part, is_sample_name, part_of_name, part_of_path
from core.data.importing.report import counted, was


@dataclass(frozen=True)
class _Kind:
    """What pictures of one folder are for, and their class; without one where it has no folder of its own."""

    part: Part | None
    name: str

    @property
    def purpose(self) -> Part | None:
        """Classes that are in no folder of a part are there to train on."""
        return self.part or ("train" if self.name else None)


@dataclass(frozen=True)
class WithoutSamples:
    """Pictures that are in no sample of the others.

    Parameters
    ----------
    parts
        Folders that are called samples and are a part of their own, so that they say nothing about classes.
    notes
        A sentence about each sample that was left out.
    """

    members: Sequence[Member]
    parts: Collection[PurePosixPath]
    notes: Sequence[str]


def without_samples(members: Sequence[Member]) -> WithoutSamples:
    """Leave out samples, which are told by the names of folders.

    A folder may be called so and be all that there is, or all of a part: it is a sample where others of its classes
    remain for the same part, and not fewer.
    """
    folders = {folder: _sample_in(folder) for folder in {member.path.parent for member in members}}
    inside: dict[PurePosixPath, Counter[PurePosixPath]] = defaultdict(Counter)
    outside: Counter[PurePosixPath] = Counter()
    for member in members:
        sample = folders[member.path.parent]
        (outside if sample is None else inside[sample])[member.path.parent] += 1
    left_out = {folder: counts.total() for folder, counts in inside.items() if _is_sample(counts, outside)}
    notes = [
        f"{counted(count, 'picture')} of a sample ({folder} …) {was(count)} left out."
        for folder, count in left_out.items()
    ]
    parts = [folder for folder, counts in inside.items() if folder not in left_out and _is_part(counts, outside)]
    return WithoutSamples([one for one in members if folders[one.path.parent] not in left_out], parts, notes)


def _sample_in(folder: PurePosixPath) -> PurePosixPath | None:
    """The first of the folders on a path that is called a sample."""
    names = folder.parts
    depths = (depth for depth, name in enumerate(names, 1) if is_sample_name(name))
    return next((PurePosixPath(*names[:depth]) for depth in depths), None)


def _is_sample(inside: Mapping[PurePosixPath, int], outside: Mapping[PurePosixPath, int]) -> bool:
    kinds, others = _kinds(inside), _kinds(outside)
    parts = {kind.purpose for kind in kinds}
    there = sum(count for folder, count in outside.items() if None in parts or _kind_of(folder).purpose in parts)
    return there >= sum(inside.values()) and all(_is_outside(kind, others, outside) for kind in kinds)


def _is_outside(kind: _Kind, others: Collection[_Kind], outside: Collection[PurePosixPath]) -> bool:
    """Whether there are such pictures outside of all samples: of the class, else of the part, else of any classes."""
    if kind.name:
        return (kind.purpose, kind.name) in {(other.purpose, other.name) for other in others}
    if kind.part:
        return kind.part in {other.purpose for other in others}
    return len([folder for folder in outside if folder.parts]) > 1


def _is_part(inside: Collection[PurePosixPath], outside: Collection[PurePosixPath]) -> bool:
    """Whether all of its classes are there for another part."""
    kinds, others = _kinds(inside), _kinds(outside)
    names = {kind.name for kind in kinds}
    parts = {other.part for other in others if other.name in names}
    return "" not in names and names <= {other.name for other in others} and parts.isdisjoint(k.part for k in kinds)


def _kinds(folders: Collection[PurePosixPath]) -> set[_Kind]:
    return {_kind_of(folder) for folder in folders}


def _kind_of(folder: PurePosixPath) -> _Kind:
    is_class = not (is_sample_name(folder.name) or part_of_name(folder.name))
    return _Kind(part_of_path(folder), folder.name if is_class else "")
