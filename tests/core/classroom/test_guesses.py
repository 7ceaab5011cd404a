from core.classroom.guesses import MOST_OF_ALL, MOST_OF_ONE, SECONDS, Guesses

SECRET = "a secret of the staff room"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_only_the_secret_itself_is_right() -> None:
    guesses = Guesses(Clock())
    assert guesses.is_right(SECRET, SECRET, "me")
    assert not guesses.is_right(SECRET[:-1], SECRET, "me")
    assert not guesses.is_right("é\ud800", SECRET, "me")


def test_who_is_wrong_too_often_waits_and_nobody_else() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    for _ in range(MOST_OF_ONE):
        assert guesses.seconds_to_wait("me") == 0
        guesses.is_right("wrong", SECRET, "me")
        clock.now += 1
    assert guesses.seconds_to_wait("me") == SECONDS - MOST_OF_ONE
    assert not guesses.is_right(SECRET, SECRET, "me"), "even the right one, while one has to wait"
    assert guesses.is_right(SECRET, SECRET, "you")
    clock.now = SECONDS
    assert guesses.is_right(SECRET, SECRET, "me")


def test_dropping_the_cookie_does_not_help_for_ever() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    tries = sum(not guesses.is_right("wrong", SECRET, f"browser {n}") for n in range(MOST_OF_ALL))
    assert tries == MOST_OF_ALL
    assert not guesses.is_right(SECRET, SECRET, "a fresh one")
    clock.now = SECONDS
    assert guesses.is_right(SECRET, SECRET, "a fresh one")
