import json
import subprocess
import time
from pathlib import Path

import pytest

from environments.literal import is_token, literal

from .conftest import MINIMAL, Loaded

TEXTS = [
    "${HOME}", "$${HOME}", "$$${HOME}", "$$$${HOME}", "${path.cwd}", "${1+1}", "${", "$${", "$", "$$", "a$", "$ {x}",
    "%{if true}", "%%{if}", "%%%{if}", "%{", "%", "100%", "%%", "$%{x}", "%${x}", "%$${", "${${x}}", '${"a"}', "~}",
    "#{x}", "\\${x}", "a\n${x}", '"${x}"', "é${x}", "{{ x }}", "%{User-Agent}i", "",
]  # fmt: skip


def test_terraform_reads_every_text_as_it_was_written(tmp_path: Path) -> None:
    config = {
        "resource": {"terraform_data": {"one": {"input": literal(dict(zip(TEXTS, TEXTS, strict=True)))}}},
        "output": {"all": {"value": "${terraform_data.one.output}"}},
    }
    (tmp_path / "main.tf.json").write_text(json.dumps(config))
    for command in ("init", "apply -auto-approve"):
        subprocess.run(["terraform", *command.split(), "-no-color"], cwd=tmp_path, check=True, capture_output=True)
    shown = subprocess.run(["terraform", "output", "-json", "all"], cwd=tmp_path, check=True, capture_output=True)

    assert json.loads(shown.stdout) == {text: text for text in TEXTS}


def test_every_text_of_the_settings_is_escaped_keys_too(loaded: Loaded) -> None:
    settings = literal(
        loaded(
            MINIMAL
            + "    environment: {'${K}': '%{V}'}\n"
            + "    container: {health_command: [CMD-SHELL, 'test ${X}']}\n"
            + "    checks: [{path: /one, json: {'${a}': ['$${b}', 1, null]}, headers: {X-A: '${a}%{b}'}}]\n"
            + "network: {name: '${n}'}\n"
        )
    )
    service = settings.services["api"]

    assert service.environment == {"$${K}": "%%{V}"}
    assert service.container.health_command == ["CMD-SHELL", "test $${X}"]
    assert service.effective_checks == [
        {"path": "/one", "headers": {"X-A": "$${a}%%{b}"}, "json": {"$${a}": ["$$${b}", 1, None]}}
    ]
    assert settings.network.name == "$${n}"


def test_what_has_no_template_in_it_stays_as_it_is(loaded: Loaded) -> None:
    settings = loaded(MINIMAL)

    assert literal(settings) == settings


@pytest.mark.parametrize(
    "value",
    [
        "${TfToken[TOKEN.0]}",
        "a ${TfToken[aws_lb.x.1]} b",
        "#{TfToken[TOKEN.1]}",
        "&{TfToken[TOKEN.1]}",
        "String Map Token Value",
        "Any Map Token Value",
        -1.888154589708751e289,
        "x-1.888154589708751e+289y",
        "-8.109562212591383e+298",
    ],
)
def test_cdktfs_own_notation_is_recognized(value: str | float) -> None:
    assert is_token(value)


def test_a_text_of_many_digits_is_read_at_once() -> None:
    began = time.process_time()

    assert not is_token("1" * 100_000)
    assert is_token("1" * 100_000 + "-1.888154589708751e+289")
    assert time.process_time() - began < 1


@pytest.mark.parametrize("value", ["TfToken[a]", "${Tf}", "1e5", "1.8e+289", "1.2.3e4", "-1e+9", 1.5, -1e289, ""])
def test_other_text_and_numbers_are_not_cdktfs(value: str | float) -> None:
    assert not is_token(value)
