"""After all of it: docs/failures.md says what has happened here."""

from tests.documentation import with_parts
from tests.failures.document import DOCUMENT, Log, parts


def test_the_document_shows_what_this_run_has_seen(log: Log) -> None:
    text = DOCUMENT.read_text()

    assert text == with_parts(text, parts(log.rows())), (
        f"to write it anew: python -m tests.failures.document {log.folder}"
    )
