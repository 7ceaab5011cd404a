"""Members: who takes part in an exercise, by the nickname that they chose."""

import time
from collections.abc import Mapping

from sqlalchemy import Engine, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from core.classroom.nickname import folded, tidy_nickname
from core.errors import RunError
from core.runs.ownership import Ownership
from core.runs.schema import MEMBERS

MOST_MEMBERS = 1_000


class Members:
    """The nicknames of a store’s exercises; in each, an owner has one, and no two are alike."""

    def __init__(self, database: Engine, ownership: Ownership) -> None:
        self._database, self._ownership = database, ownership

    def of(self, exercise: str) -> Mapping[str, str]:
        """Nicknames by owner, in the order in which they came."""
        who = select(MEMBERS.c.owner, MEMBERS.c.nickname).where(MEMBERS.c.exercise == exercise)
        with self._database.connect() as connection:
            return {row.owner: row.nickname for row in connection.execute(who.order_by(MEMBERS.c.joined))}

    def nickname(self, exercise: str, owner: str) -> str:
        """What somebody is called in an exercise; empty if they have not said."""
        mine = select(MEMBERS.c.nickname).where(MEMBERS.c.exercise == exercise, MEMBERS.c.owner == owner)
        with self._database.connect() as connection:
            return connection.execute(mine).scalar_one_or_none() or ""

    def join(self, exercise: str, owner: str, nickname: str) -> str:
        """Call somebody so from now on, their earlier runs too; the nickname as it is kept.

        Raises
        ------
        RunError
            If it cannot be a nickname, somebody else has it, or the exercise is full.
        """
        name = tidy_nickname(nickname)
        row = {"exercise": exercise, "owner": owner, "nickname": name, "folded": folded(name), "joined": time.time()}
        count = select(func.count()).where(MEMBERS.c.exercise == exercise)
        try:
            with self._ownership.begin() as connection:
                connection.execute(delete(MEMBERS).where(MEMBERS.c.exercise == exercise, MEMBERS.c.owner == owner))
                if connection.execute(count).scalar_one() >= MOST_MEMBERS:
                    raise RunError(
                        f"Exercise “{exercise}” has {MOST_MEMBERS:,} nicknames already: choose another exercise."
                    )
                connection.execute(insert(MEMBERS).values(row))
        except IntegrityError:
            raise RunError(f"Somebody is called “{name}” here already: choose another nickname.") from None
        return name

    def remove(self, exercise: str, owner: str) -> None:
        """Forget a nickname; the runs stay."""
        with self._ownership.begin() as connection:
            connection.execute(delete(MEMBERS).where(MEMBERS.c.exercise == exercise, MEMBERS.c.owner == owner))
