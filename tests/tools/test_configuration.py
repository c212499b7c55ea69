"""A plan with credentials runs no program that a pull request's configuration names, and shows no file."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import environments
from main import EnvironmentStack
from tests.synthesis import Config, synth_stack
from tools.configuration import main, mistakes

# isort: split
from cdktf import Testing

AWS_ONLY = "and only allowed_account_ids, default_tags, region may be there"


@pytest.fixture(scope="module")
def synthesized() -> Config:
    return synth_stack(EnvironmentStack(Testing.app(), "sandbox", environments.load("sandbox")))


def changed(config: Config, place: str, value: Any) -> Config:
    changed = deepcopy(config)
    at: Any = changed
    *path, last = place.split("/")
    for part in path:
        at = at[int(part)] if part.isdigit() else at.setdefault(part, {})
    at[last] = value
    return changed


def test_what_this_repository_synthesizes_is_planned(synthesized: Config) -> None:
    assert list(mistakes(synthesized)) == []


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("module", {"a": {"source": "./a"}}, "the configuration: has module, and only data, locals, output, provider, "
         "resource, terraform may be there"),
        ("data/external/a", {"program": ["sh"]}, "data.external: only AWS's own are planned here"),
        ("resource/null_resource/a", {}, "resource.null_resource: only AWS's own are planned here"),
        ("resource/aws_vpc/a/provisioner", [], "resource.aws_vpc.a.provisioner: is not for a plan in CI"),
        ("resource/aws_vpc/a/provider", "evil", "resource.aws_vpc.a.provider: is not for a plan in CI"),
        ("provider/evil", [{}], "provider: has evil, and only aws may be there"),
        ("provider/aws/0/shared_config_files", ["x"], f"provider.aws.0: has shared_config_files, {AWS_ONLY}"),
        ("provider/aws/0/profile", "x", f"provider.aws.0: has profile, {AWS_ONLY}"),
        ("provider/aws/0/endpoints", [{}], f"provider.aws.0: has endpoints, {AWS_ONLY}"),
        ("terraform/required_providers/aws/source", "evil/aws", "terraform.required_providers.aws.source: must be "
         'hashicorp/aws, got "evil/aws"'),
        ("terraform/required_providers/x", {}, "terraform.required_providers: has x, and only aws may be there"),
        ("terraform/backend/http", {}, "terraform.backend: has http, and only s3 may be there"),
        ("terraform/backend/s3/profile", "x", "terraform.backend.s3: has profile, and only allowed_account_ids, "
         "bucket, key, region, use_lockfile may be there"),
        ("terraform/cloud", {}, "terraform: has cloud, and only backend, required_providers may be there"),
        ("output/a", {"value": '${file("/proc/self/environ")}'}, '"${file(\\"/proc/self/environ\\")}": file() reads a '
         "file of the machine that plans"),
        ("locals/a", '${base64encode(templatefile ("x", {}))}', '"${base64encode(templatefile (\\"x\\", {}))}": '
         "templatefile () reads a file of the machine that plans"),
        ("locals/a", '${filebase64("x")}', '"${filebase64(\\"x\\")}": filebase64() reads a file of the machine that '
         "plans"),
    ],
)  # fmt: skip
def test_what_runs_a_program_or_reads_a_file_is_refused(synthesized: Config, place: str, value: Any, told: str) -> None:
    assert list(mistakes(changed(synthesized, place, value))) == [told]


def test_each_file_is_named_with_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}}
    texts = {"good": json.dumps(good), "bad": json.dumps(good | {"module": {}}), "list": "[]", "odd": '{"data": []}'}
    files = {name: tmp_path / f"{name}.json" for name in (*texts, "gone")}
    for name, text in texts.items():
        files[name].write_text(text)

    assert main([str(files["good"])]) == 0
    assert capsys.readouterr().err == ""
    assert main([str(file) for file in files.values()]) == 1
    told = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in told] == [str(files[name]) for name in ("bad", "list", "odd", "gone")]
