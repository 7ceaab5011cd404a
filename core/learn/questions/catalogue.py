"""All 31 questions in their chapters."""

from core.learn.questions import beyond, data, improving, network, training
from core.learn.questions.question import Chapter, Question

CHAPTERS: tuple[Chapter, ...] = (
    *data.CHAPTERS,
    *network.CHAPTERS,
    *training.CHAPTERS,
    *improving.CHAPTERS,
    *beyond.CHAPTERS,
)
QUESTIONS: tuple[Question, ...] = tuple(question for chapter in CHAPTERS for question in chapter.questions)
