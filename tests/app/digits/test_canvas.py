"""What a canvas keeps, whatever the browser sends and in whatever order."""

from typing import Any

from ui.digits.state import Drawing

A, B, C = ({"type": "path", "path": [name]} for name in "abc")


def sent(*strokes: dict[str, Any]) -> dict[str, Any]:
    return {"objects": list(strokes), "background": "#000000"}


def test_strokes_are_taken_over_and_the_start_stays():
    drawing = Drawing()
    drawing.hear(sent(A), b"1")
    drawing.hear(sent(A, B), b"2")
    assert (drawing.strokes, drawing.picture, drawing.start, drawing.number) == ([A, B], b"2", [], 0)


def test_what_the_browser_said_before_a_restart_is_old_news():
    drawing = Drawing()
    drawing.hear(sent(A, B), b"2")
    drawing.clear()
    drawing.hear(sent(A, B), b"2")
    assert (drawing.strokes, drawing.picture) == ([], None)
    drawing.hear(sent(C), b"3")
    assert (drawing.strokes, drawing.picture) == ([C], b"3")


def test_nothing_sent_yet_changes_nothing():
    drawing = Drawing()
    drawing.hear(sent(A), b"1")
    drawing.hear(sent(), None)
    assert drawing.strokes == [A]


def test_undo_and_redo_until_something_else_is_drawn():
    drawing = Drawing()
    drawing.hear(sent(A, B), b"2")
    drawing.undo()
    drawing.undo()
    assert (drawing.strokes, drawing.undone) == ([], [B, A])
    drawing.redo()
    assert (drawing.start, drawing.undone, drawing.number) == ([A], [B], 3)
    drawing.hear(sent(A, C), b"3")
    drawing.redo()
    assert drawing.strokes == [A, C]


def test_other_classes_begin_with_an_empty_canvas_and_equal_ones_do_not():
    drawing = Drawing()
    drawing.belong_to(("0", "1"))
    drawing.hear(sent(A), b"1")
    drawing.belong_to(("0", "1"))
    assert drawing.strokes == [A]
    drawing.belong_to(("ring", "bar"))
    assert (drawing.strokes, drawing.picture, drawing.number) == ([], None, 1)
