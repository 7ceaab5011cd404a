import json
import math

import numpy as np
import pytest

from core.commands.output import say, tell


def test_what_is_not_a_number_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    say({"loss": math.nan, "rows": [{"f1": float("inf"), "support": 0}], "name": "NaN", "pair": (1.5, -math.inf)})
    line = capsys.readouterr().out
    expected = {"loss": None, "rows": [{"f1": None, "support": 0}], "name": "NaN", "pair": [1.5, None]}
    assert json.loads(line, parse_constant=pytest.fail) == expected


def test_numbers_are_said_to_their_last_digit(capsys: pytest.CaptureFixture[str]) -> None:
    say({"accuracy": 0.1 + 0.2, "shares": np.array([1 / 3]).tolist()})
    assert json.loads(capsys.readouterr().out) == {"accuracy": 0.1 + 0.2, "shares": [1 / 3]}


def test_a_name_gives_the_terminal_no_orders_and_begins_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    tell("“\x1b[2J\x1b]0;owned\x07\r\n\u2028\u202eexe.gpj\ud800” is no picture; 60 000 – “é”.")
    told = capsys.readouterr().err
    assert told == "“�[2J�]0;owned�����exe.gpj�” is no picture; 60 000 – “é”.\n"
