"""Learn, A lesson: the purpose, seven steps from pseudocode to PyTorch, plans for a class, and a look back."""

import streamlit as st

from core.learn.lesson.plans import PLANS, Phase
from core.learn.lesson.sheet import sheet
from core.learn.lesson.steps import PURPOSE, REFLECTION, STEPS, TOOLS, Step
from ui.learn.progress import is_done, mark_done
from ui.learn.targets import link_to
from ui.live.share import page_link_of
from ui.shell.columns import side_by_side
from ui.shell.terms import explained
from ui.shell.url import choice

PLAN = "plan"


def show_lesson() -> None:
    """Everything from the purpose to the reflection."""
    show_purpose()
    show_steps()
    show_plan()
    show_reflection()


def show_purpose() -> None:
    """What the project is, and what somebody may hope to learn from it."""
    st.header("Purpose", anchor=False)
    st.markdown(
        "A program that recognises which digit a picture shows. Before you begin, ask yourself what you hope to learn:",
        help=explained("Classifier", "MNIST", "Supervised learning"),
    )
    st.markdown("\n".join(f"- {question}" for question in PURPOSE))
    st.caption(f"Tools: {TOOLS}")


def show_steps() -> None:
    """The seven steps, and how many are done."""
    st.header("Seven steps", anchor=False)
    done = sum(is_done(step.name) for step in STEPS)
    st.progress(done / len(STEPS), f"{done} of {len(STEPS)} done")
    for number, step in enumerate(STEPS, start=1):
        show_step(number, step)


def show_step(number: int, step: Step) -> None:
    """The pseudocode beside its PyTorch, and the page that does it."""
    with st.container(border=True, key=f"lesson_{step.name}"):
        words, code = side_by_side(2, 3, key=f"lesson_{step.name}_sides")
        with words:
            st.subheader(f"{number}. {step.title}", anchor=False)
            st.markdown("\n".join(f"- {part}" for part in step.parts))
            link_to(step.shown_at, step.link, key=f"lesson_{step.name}_link")
            key = f"lesson_{step.name}_done"
            st.session_state[key] = is_done(step.name)
            st.checkbox("Done", key=key, on_change=_tick, args=(step.name, key))
        with code:
            st.code(step.code, language="python", wrap_lines=True)


def show_plan() -> None:
    """A lesson of 45 or 90 minutes, and its sheet."""
    st.header("A plan for the class", anchor=False)
    minutes = str(st.segmented_control("Length", required=True, label_visibility="collapsed", **choice(PLAN)))
    for phase in PLANS[minutes]:
        _show_phase(phase)
    address = _address()
    st.download_button(
        "Sheet to print",
        lambda: sheet(minutes, address),
        f"digit-lab-{minutes}-minutes.html",
        "text/html",
        icon=":material/print:",
        help="One page of HTML with purpose, plan, steps and room to write: open it in a browser and print it.",
        key="lesson_sheet",
        on_click="ignore",
    )


def show_reflection() -> None:
    """The questions at the end, and where to write the answers down."""
    st.header("Reflection", anchor=False)
    st.markdown("\n".join(f"- {question}" for question in REFLECTION))
    link_to("runs", "Write it down beside a run of yours", key="lesson_reflect")


def _show_phase(phase: Phase) -> None:
    with st.container(horizontal=True, wrap=False):
        st.markdown(f"**{phase.minutes} min**", width=64)
        with st.container():
            st.markdown(f"**{phase.title}**  \n{phase.task}")
            link_to(phase.target, phase.link, key=f"phase_{phase.title}")


def _tick(name: str, key: str) -> None:
    mark_done(name, is_done=bool(st.session_state[key]))


def _address() -> str:
    """Where this lab is: the address of this page without the page."""
    return page_link_of({}).rpartition("/")[0] + "/"
