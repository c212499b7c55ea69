"""How large a document is for AWS, which knows nothing of Terraform's templates."""

import json


def json_bytes(value: object) -> int:
    """Of `value` as JSON, after Terraform: it reads `$${` and `%%{` in texts as `${` and `%{`."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return len(text.replace("$${", "${").replace("%%{", "%{").encode())
