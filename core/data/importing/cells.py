"""Lines of a table, and single cells of them."""


def is_blank(line: bytes) -> bool:
    """Whether there is no value in a line: Excel keeps rows that were emptied as separators alone."""
    return not line.strip(b' ,;\t|"\r')


def cell_of(line: bytes, separator: bytes | None, position: int, columns: int) -> bytes:
    """One cell of a line, the rest left as it is; blanks separate if nothing else does. Empty where there is none."""
    if position < 0:
        return b""
    if 2 * position < columns:
        cells = line.split(separator, position + 1)
        return cells[position] if position < len(cells) else b""
    cells = line.rsplit(separator, columns - position)
    return cells[position - columns] if columns - position <= len(cells) else b""


def unquoted(cell: str) -> str:
    """A cell without blanks and one pair of quotes around it."""
    bare = cell.strip()
    return bare[1:-1].strip() if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'" else bare
