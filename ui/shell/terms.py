"""How a word of the trade explains itself where it is used: the help of whatever has it, in the glossary’s words.

Streamlit shows a help as a button with a question mark, which a mouse points at, a finger taps, Tab reaches and a
screen reader names.
"""

from core.learn.glossary import BY_TERM


def explained(*terms: str) -> str:
    """Entries of the glossary as the ``help`` of an element, in Markdown.

    Raises
    ------
    KeyError
        If a term has no entry.
    """
    return "\n\n".join(f"**{term}**: {BY_TERM[term].meaning}" for term in terms)
