"""Learn, A lesson: steps that can be ticked off, plans, and links that set the lab up."""

from core.learn.lesson.plans import PLANS
from core.learn.lesson.steps import STEPS
from ui.learn.targets import split_target


def test_the_lesson_goes_from_purpose_to_reflection(open_page) -> None:
    page = open_page("learn", way="lesson")
    assert [header.value for header in page.header] == ["Purpose", "Seven steps", "A plan for the class", "Reflection"]
    assert [code.value for code in page.code] == [step.code for step in STEPS]


def test_steps_that_are_done_go_along_with_the_link(open_page) -> None:
    page = open_page("learn", way="lesson", done="images")
    assert page.checkbox(key="lesson_images_done").value
    page.checkbox(key="lesson_loop_done").check().run()
    assert page.query_params["done"] == "images,loop" or page.query_params["done"] == ["images,loop"]
    page.checkbox(key="lesson_images_done").uncheck().run()
    assert not page.exception
    assert page.query_params["done"] in ("loop", ["loop"])
    assert not page.checkbox(key="lesson_images_done").value


def test_a_plan_has_links_that_set_the_lab_up(open_page) -> None:
    page = open_page("learn", way="lesson", plan="90")
    links = {str(link.proto.label): link.proto for link in page.get("page_link")}
    shown = [phase for phase in PLANS["90"] if not phase.target.startswith("learn")]
    for phase in shown:
        name, query = split_target(phase.target)
        assert links[phase.link].page == name
        for parameter, value in query.items():
            assert f"{parameter}={value}" in links[phase.link].query_string
    page.segmented_control(key="plan").set_value("45").run()
    assert "10" in [text.value.strip("* min") for text in page.markdown if text.value.endswith("min**")]


def test_a_step_leads_to_a_part_of_learn_and_back_is_a_way(open_page) -> None:
    page = open_page("learn", way="lesson")
    page.button(key="lesson_loop_link").click().run()
    assert not page.exception
    assert page.session_state["way"] == "depth"
    assert page.session_state["part"] == "walk"
    page.segmented_control(key="way").set_value("lesson").run()
    assert "part" not in page.query_params
    assert next(header.value for header in page.header) == "Purpose"
