from modules.sizes import json_bytes


def test_a_document_is_measured_as_compact_json_in_utf_8() -> None:
    assert json_bytes({"a": ["é", 1]}) == len('{"a":["é",1]}'.encode())


def test_what_terraform_reads_as_one_sign_counts_as_one() -> None:
    assert json_bytes(["$${x}", "%%{y}", "$$${z}"]) == len('["${x}","%{y}","$${z}"]')
