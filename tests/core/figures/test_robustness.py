from core.figures.compared_curves import line_colour
from core.figures.robustness import StrengthCurve, strength_figure


def test_a_line_for_each_curve_in_the_colour_of_its_run() -> None:
    curves = [StrengthCurve("a <b>", 0, (0.9, 0.5)), StrengthCurve("a, weaker", 0, (0.9, 0.6), is_dashed=True)]
    figure = strength_figure(curves, (0, 1), title="T", across="px", chosen=1)
    assert [list(trace.y) for trace in figure.data] == [[0.9, 0.5], [0.9, 0.6]]
    assert {trace.line.color for trace in figure.data} == {line_colour(0)}
    assert [trace.line.dash for trace in figure.data] == ["solid", "dash"]
    assert figure.data[0].name == "a &lt;b&gt;"
    assert [shape.x0 for shape in figure.layout.shapes] == [0, 1]
    assert figure.layout.showlegend


def test_without_curves_it_says_so() -> None:
    figure = strength_figure([], (0, 1), title="T", across="px")
    assert figure.layout.annotations[0].text == "Nothing has been measured yet."
