"""Text that somebody else wrote, shown so that it cannot pass for ours. Pure.

In Markdown a value stands in a code span, whose fence is a row of back-ticks that is not in it: neither Markdown, HTML,
links nor @mentions are read there. Entities would not do: GitHub links addresses after it has decoded them. In the
HTML of a <summary>, where there is no Markdown, it stands in <code>. Characters that cannot be seen, or that change
the order of others, are shown as escapes.
"""

import html
import re
import unicodedata
from itertools import count

ADDRESS = 200
VALUE = 160
SENTENCE = 1000
"""How many characters of each are shown."""

_CONTEXT = 20

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BLANK = "\u115f\u1160\u3164\uffa0\u2800"  # letters and a symbol without ink
_TURNING = ("R", "AL", "AN")  # a value of right-to-left letters would change places with the one after the arrow

# Words of a sentence; all others are set as code. Neither Markdown nor GitHub reads anything else into them; it would
# make a link of "www." alone.
_LETTERS = re.compile(r"(?!(?i:www))[A-Za-z]+(?:['/-][A-Za-z]+)*")
_PLAIN = re.compile(rf"{_LETTERS.pattern}|[0-9]{{1,6}}(?:[.,/][0-9]{{1,6}})*%?|[0-9]{{1,4}}[A-Za-z]{{1,2}}|[&·→=+-]")
_WORD = re.compile(r"([\"'(…]*)(.*?)([\"').,;:!?…]*)")


def visible(text: str) -> str:
    """On one line; what cannot be seen, or would move what stands beside it, as an escape."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_visible, text))
    # GitHub's runner takes it as a command wherever it stands in a line of a log.
    return text.replace("##[", "##\\u005b")


def _visible(letter: str) -> str:
    if " " <= letter <= "~":
        return letter
    shown = unicodedata.category(letter)[0] in "LNPS" and letter not in _BLANK
    if shown and unicodedata.bidirectional(letter) not in _TURNING:
        return letter
    number = ord(letter)
    return _ESCAPES.get(letter) or (f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}")


def shortened(text: str, limit: int) -> str:
    """Visible, and cut in the middle where it is longer than `limit` characters."""
    if len(text) <= limit:
        whole = visible(text)
        if len(whole) <= limit:
            return whole
    said = f" …{len(text):,} characters… "
    half = max(limit - len(said), 2) // 2
    return visible(text[:half])[:half] + said + visible(text[-half:])[-half:]


def apart(one: str, other: str, limit: int) -> tuple[str, str]:
    """Two values; too long ones without what they begin with alike, or both could be cut where they differ."""
    if max(len(one), len(other)) <= limit:
        return one, other
    same, most = 0, min(len(one), len(other))
    while same < most:
        middle = (same + most + 1) // 2
        same, most = (middle, most) if one[same:middle] == other[same:middle] else (same, middle - 1)
    same -= _CONTEXT
    if same <= 0:
        return one, other
    said = f"…{same:,} characters alike… "
    return said + one[same:], said + other[same:]


def code(text: str, limit: int = ADDRESS) -> str:
    """As a code span of Markdown."""
    shown = shortened(text, limit) or "(empty)"
    rows = {len(row) for row in re.findall("`+", shown)}
    fence = "`" * next(length for length in count(1) if length not in rows)
    stripped = shown[0] == shown[-1] == " " and shown.strip() != ""
    pad = " " if "`" in (shown[0], shown[-1]) or stripped else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def html_code(text: str, limit: int = ADDRESS) -> str:
    """As an element of HTML, for where Markdown is not read."""
    return f"<code>{html.escape(shortened(text, limit) or '(empty)')}</code>"


def prose(text: str, limit: int = SENTENCE) -> str:
    """A sentence as Markdown. What stands between back-ticks is code, and so is every word that is no plain one."""
    pieces = shortened(text.strip(), limit).split("`")
    if len(pieces) % 2 == 0:  # one back-tick has no partner
        pieces[-2:] = ["`".join(pieces[-2:])]
    shown = ""
    for place, piece in enumerate(pieces):
        for word in [code(piece, limit)] if place % 2 else re.split("( +)", piece):
            set_ = word if place % 2 else _word(word, first=not shown)
            # Two code spans that touch would be one.
            shown += f" {set_}" if shown.endswith("`") and set_.startswith("`") else set_
    return shown


def _word(word: str, *, first: bool) -> str:
    match = _WORD.fullmatch(word)
    assert match  # it matches every line
    before, kernel, after = match.groups()
    # A number at the start of a line could be that of a list.
    plain = (_LETTERS if first else _PLAIN).fullmatch(kernel)
    return word if plain or not kernel.strip() else f"{before}{code(kernel)}{after}"
