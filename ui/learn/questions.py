"""Learn, Questions: the 31, one at a time: answer, the product's own code, and something to try."""

import streamlit as st

from core.learn.questions.catalogue import CHAPTERS, QUESTIONS
from core.learn.questions.question import Question
from ui.learn.code import show_code
from ui.learn.demos.catalogue import show_demo
from ui.learn.sources import SOURCES
from ui.learn.targets import link_to
from ui.shell.url import go_to, linked
from ui.shell.url_values import whole_number

QUESTION = "question"
_LAST = len(QUESTIONS)
_CHAPTER_OF = {question.number: chapter.title for chapter in CHAPTERS for question in chapter.questions}


def show_questions() -> None:
    """The choice of a question, and the chosen one."""
    question = QUESTIONS[choose_question() - 1]
    st.caption(_CHAPTER_OF[question.number])
    st.header(f"{question.number}. {question.text}", anchor=False)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.markdown(question.answer)
    with right:
        show_sources(question)
    link_to(question.link, question.link_label, key="question_link")
    st.subheader("Try it", anchor=False, divider="grey")
    show_demo(question)


def choose_question() -> int:
    """A select box in the URL, and buttons to the questions before and after."""
    link = linked(
        QUESTION,
        whole_number(1, _LAST),
        1,
        f"Questions are numbered from 1 to {_LAST}, not “{{value}}”; here is the first.",
    )
    number = int(
        st.selectbox("Question", range(1, _LAST + 1), format_func=lambda n: f"{n}. {QUESTIONS[n - 1].text}", **link)
    )
    with st.container(horizontal=True):
        for label, icon, target in (("Back", "arrow_back", number - 1), ("Next", "arrow_forward", number + 1)):
            st.button(
                label,
                icon=f":material/{icon}:",
                disabled=not 1 <= target <= _LAST,
                on_click=go_to,
                args=(QUESTION, target, 1),
                key=f"question_{label.lower()}",
            )
    return number


def show_sources(question: Question) -> None:
    """The code that answers it; the first piece open, the others folded."""
    first, *others = SOURCES[question.number]
    show_code(first)
    for reference in others:
        with st.expander(reference.partition(":")[2] or reference, icon=":material/code:"):
            show_code(reference)
