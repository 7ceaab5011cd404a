"""Learn, Questions: the 31, one at a time: answer, snippet in PyTorch, the product's code, and something to try."""

from collections.abc import Mapping

import streamlit as st

from core.learn.questions.catalogue import CHAPTERS, QUESTIONS
from core.learn.questions.question import Question
from core.learn.snippets import IMPORTS, NOTEBOOK, notebook, notebook_with_images, snippets_of
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
        show_snippets(question)
        show_sources(question)
    link_to(question.link, question.link_label, key="question_link")
    st.subheader("Try it", anchor=False, divider="grey")
    show_demo(question)
    st.subheader("Take it with you", anchor=False, divider="grey")
    show_downloads()


def choose_question() -> int:
    """A select box in the URL, and buttons to the questions before and after."""
    link = linked(
        QUESTION,
        whole_number(1, _LAST),
        1,
        f"Questions are numbered from 1 to {_LAST}, not “{{value}}”; here is the first.",
    )
    number = int(st.selectbox("Question", range(1, _LAST + 1), format_func=_in_the_list, **link))
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


def _in_the_list(number: int) -> str:
    """A question where Markdown is not: without the marks of code."""
    return f"{number}. {QUESTIONS[number - 1].text.replace('`', '')}"


def show_snippets(question: Question) -> None:
    """Its cells of the notebook, and where each finds the names that earlier ones made."""
    for snippet in snippets_of(question.number):
        st.code(snippet.code, language="python", wrap_lines=True)
        if snippet.uses:
            st.caption(_words_of_uses(snippet.uses))


def _words_of_uses(uses: Mapping[str, str]) -> str:
    """``Uses `model` from question 7, …``, the imports of question 2 left out."""
    by_cell: dict[str, list[str]] = {}
    for name, title in uses.items():
        by_cell.setdefault(title, []).append(f"`{name}`")
    others = [f"{', '.join(names)} ({title})" for title, names in by_cell.items() if title != IMPORTS]
    start = "The imports are in Q2. " if IMPORTS in by_cell else ""
    return f"{start}Continues from {', '.join(others)}." if others else start


def show_sources(question: Question) -> None:
    """Folded: the code with which Digit Lab does it."""
    with st.expander("How Digit Lab does it", icon=":material/code:"):
        for reference in SOURCES[question.number]:
            show_code(reference)


def show_downloads() -> None:
    """All snippets as one notebook, with and without MNIST."""
    with st.container(horizontal=True):
        texts = [question.text for question in QUESTIONS]
        st.download_button(
            "Notebook",
            lambda: notebook(texts),
            NOTEBOOK,
            "application/x-ipynb+json",
            icon=":material/download:",
            help="All snippets in one notebook. Outside Digit Lab’s folder it downloads MNIST, as on Colab.",
            key="notebook",
            on_click="ignore",
        )
        st.download_button(
            "Notebook with MNIST",
            lambda: notebook_with_images(texts),
            "mnist-questions.zip",
            "application/zip",
            icon=":material/download:",
            help="A zip of 12 MB that runs without internet: unpack it and open the notebook there.",
            key="notebook_with_images",
            on_click="ignore",
        )
