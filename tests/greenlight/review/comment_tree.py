"""A comment as GitHub reads it: a tree, in which everything that could act is looked for."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

from greenlight.review.render.history import MARKER

_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_TEXT = {"text", "softbreak", "hardbreak", "code_inline", "strong_open", "strong_close", "em_open", "em_close"}
# What GitHub reads in text that is not code: mentions, references, addresses, commits, emoji, mathematics.
_ACTS = re.compile(
    r"@[a-z0-9]|#[0-9]|\bGH-[0-9]|\b[A-Z]+-[0-9]|://|www\.|mailto:\S|:[a-z0-9_+-]+:|\$"
    r"|\b(?=[a-f]*[0-9])[0-9a-f]{7,40}\b|&#?[a-z0-9]+;",
    re.I,
)


def blocks(comment: str) -> list[str]:
    """Its blocks by kind and depth, and the HTML among them with what it says left out."""
    return [
        re.sub("<code>.*?</code>|[0-9a-f]{12}", "", token.content) if token.type == "html_block" else token.type
        for token in _PARSER.parse(comment)
    ]


def dangers(comment: str) -> list[str]:
    """What GitHub would show as anything but text, or would act on."""
    found = []
    for place, token in enumerate(_PARSER.parse(comment)):
        if token.type == "html_block":
            found += _html(token.content, first=place == 0)
        elif token.type in ("fence", "code_block", "table_open"):
            found.append(f"{token.type}: {token.content}")
        elif token.type == "inline":
            found += _inline(token)
    found += [f"U+{ord(letter):04X}" for letter in comment if letter != "\n" and not letter.isprintable()]
    return found


def texts(comment: str) -> list[str]:
    """Its text without its code, by paragraph."""
    return [
        "".join(child.content for child in token.children or [] if child.type == "text")
        for token in _PARSER.parse(comment)
        if token.type == "inline"
    ]


def _inline(token: Token) -> Iterator[str]:
    children = token.children or []
    yield from (f"{child.type}: {child.content}" for child in children if child.type not in _TEXT)
    text = "\0".join(child.content for child in children if child.type in ("text", "softbreak", "hardbreak"))
    yield from (f"text: {match[0]}" for match in _ACTS.finditer(text))


class _Html(HTMLParser):
    """Everything but <details>, <summary> and <code>, which must be closed; and text that acts outside of code."""

    def __init__(self, *, first: bool) -> None:
        super().__init__()
        self._first, self._in_code = first, False
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("details", "summary", "code") or attrs or (tag == "code" and self._in_code):
            self.found.append(f"<{tag} {attrs}>")
        self._in_code = self._in_code or tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._in_code = self._in_code and tag != "code"

    def handle_data(self, data: str) -> None:
        if not self._in_code:
            self.found += [f"html: {match[0]}" for match in _ACTS.finditer(data)]

    def handle_comment(self, data: str) -> None:
        if not self._first or not f"<!--{data}-->".startswith(MARKER) or not re.fullmatch("[ /:a-z0-9-]+", data):
            self.found.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.found.append(decl)

    def handle_pi(self, data: str) -> None:
        self.found.append(data)


def _html(content: str, *, first: bool) -> list[str]:
    parser = _Html(first=first)
    parser.feed(content)
    parser.close()
    return parser.found
