"""`make schema` writes schema.json, from which editors complete and check the YAML files."""

import json
from pathlib import Path

from pydantic import TypeAdapter

from environments.load import File

FILE = Path(__file__).with_name("schema.json")


def schema() -> str:
    return json.dumps(TypeAdapter(File).json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema())
