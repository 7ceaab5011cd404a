"""Text in the cells of tables that people take away and open in a spreadsheet."""

import re

_ORDERS = "=+-@\t\r"
_NUMBER = re.compile(r"[+-]\d+(\.\d+)?")


def cell(text: str) -> str:
    """A name as it is, unless a spreadsheet would take it for a formula: then an apostrophe tells it that it is text.

    References
    ----------
    https://owasp.org/www-community/attacks/CSV_Injection
    """
    is_formula = len(text) > 1 and text[0] in _ORDERS and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text
