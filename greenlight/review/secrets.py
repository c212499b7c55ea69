"""What of a plan must not be shown, though no mask of Terraform's covers it. Pure.

Masks stand beside the values, and only where a provider or an author put them: a container's plain environment has
none. Rather too much is hidden than too little, since a comment of a pull request cannot be taken back.
"""

import math
import re
from collections import Counter
from itertools import pairwise
from typing import Any

from greenlight.review import embedded

HIDDEN = "(hidden)"

# Below these keys a value is whatever a team passes to its program.
_ENVIRONMENTS = re.compile(
    r"([a-z]+_)*(env(ironment)?(_?(variable|var|file)s?)?s?|variables|app_?settings)(\[\])?", re.IGNORECASE
)
# Headers that callers prove themselves with: nothing tells which those are.
_HEADERS = re.compile(r"(http|custom)_headers?(\[\])?|.*:header\..*", re.IGNORECASE)
_NAMES = re.compile(
    r"pass(word|wd|phrase|code)?$|passw|pwd$|secret|token|credential|api_?key|access_?key|private_?key|auth(orization)?$"
    r"|(^|[_.-])key$|signature|cookie|_pw$|connection_?string|dsn$|salt$",
    re.IGNORECASE,
)
# What people use as one, whatever it is called; and programs, which have any number in them.
_PROOFS = re.compile(r"aws:Referer$|sts:ExternalId$|^(user_?data(_base64)?|custom_data|startup_script)$", re.IGNORECASE)
# Words of AWS's and the provider's own, of things that are no secret themselves; and IAM's condition keys.
_NO_SECRETS = re.compile(
    r"(_arn|_id|_ids|_name|_names|_type|_version|Arn|Id|_validity|_ttl|_days|_enabled|_spec|_mutability|_url)$"
    r"|^(route|partition|hash|range)_key$|:[A-Za-z_-]+$"
)
# Digests, which say nothing of what they were made from.
_DIGESTS = re.compile(r"(hash|digest|etag|sha256|sha1|md5|checksum|fingerprint|unique_?id|thumbprint)", re.IGNORECASE)

# Repetitions have bounds, so that a long text takes no longer than it must.
_WORD = (
    r"((?<![a-z])(pass|pwd)|passw(or)?d|passphrase|secret|token|credential|authorization"
    r"|(api|access|account|private|signing|encryption|shared)[_-]?key)(s|[_-][a-z0-9_-]{0,20})?"
)
_FORMS = re.compile(
    r"-----BEGIN"  # a key or certificate
    r"|\b(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"  # AWS's access keys
    r"|\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}"  # JSON web tokens
    r"|\b(gh[pousr]_|github_pat_|glpat-|xox[a-z]-|sk_live_|rk_live_|sk-|npm_|pypi-|dop_v1_|hf_|shpat_|SG\.|AIza)"
    r"[A-Za-z0-9_-]{10,}"
    r"|hooks\.slack\.com/(services|workflows)/|discord(app)?\.com/api/webhooks/"
    r"|://[^/\s@]{1,400}@|://[^/\s@:]{0,100}:[^\s@]{1,300}@"  # a URL's user part
    rf"|{_WORD}\\{{0,40}}[\"']?\s{{0,9}}[=:]\s{{0,9}}[|>]?[+-]?\s{{0,9}}\\{{0,40}}[\"']?[^\s\"',;&\\]{{3,}}"
    rf"|(?<![\w-])--?[a-z-]{{0,30}}{_WORD}[ =]{{1,9}}[^\s-]\S{{2,}}"  # an option of a command
    r"|(?<![\w-])(-u|--user)[ =][^\s:]{1,100}:\S"
    r"|\b(Bearer|Basic)\s+[A-Za-z0-9+/=._-]{8,}"
    r"|X-Amz-Signature=|[?&](sig|signature|access_token)=|AccountKey="
    r"|\benv(ironment)?(_?variables)?(\\{0,40}[\"']\s{0,9}:|:\s{0,9}\n)",  # a program's, in what is no whole JSON
    re.IGNORECASE,
)
_ARNS = re.compile(r"\barn:[a-z-]+:[^\s\"',;@?]*")  # which name a secret at most
_WORDS = re.compile(r"[A-Za-z0-9+/=_-]{20,}")
_LONG = 400  # letters tell whether a word is random
_TOO_LONG = 100_000  # to look through, and for anybody to read
_KNOWN_WORDS = re.compile(
    r"^[0-9a-f]{40}$|^[0-9a-f]{64}$"  # a commit, a digest
    r"|^[a-z]{1,12}-[0-9a-f]{8,32}$"  # vpc-0123456789abcdef0
    r"|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"  # UUIDs
)


def is_secret(path: tuple[str, ...], text: str) -> bool:
    """Whether the value at a path, dotted keys without indices, is hidden from readers."""
    if not text:
        return False
    if _is_placed_as_secret(path, text):
        return True
    name = _name(path)
    return bool(_FORMS.search(text[:_TOO_LONG])) if _DIGESTS.search(name) else has_secret(text)


def _is_placed_as_secret(path: tuple[str, ...], text: str) -> bool:
    name = _name(path)
    if is_within_environment(path) or _PROOFS.search(name):
        return True
    if any(_HEADERS.fullmatch(part) for part in path):
        return not name.endswith("name") and not text.startswith("$")
    return bool(_NAMES.search(name)) and not _NO_SECRETS.search(name) and not text.startswith("arn:")


def _name(path: tuple[str, ...]) -> str:
    return path[-1].removesuffix("[]") if path else ""


def is_within_environment(path: tuple[str, ...]) -> bool:
    """Whether it is the value of a variable, of which only the name is shown."""
    above = path if path and path[-1].endswith("[]") else path[:-1]
    return any(_ENVIRONMENTS.fullmatch(part) for part in above)


def has_secret(text: str) -> bool:
    """Whether a text holds what has the form of a secret, wherever it stands; a very long one is taken for one."""
    if len(text) > _TOO_LONG:
        return True
    text = _ARNS.sub("", text)
    return bool(_FORMS.search(text)) or any(_looks_random(word[:_LONG]) for word in _WORDS.findall(text))


def _looks_random(word: str) -> bool:
    """No word of a language, nor a name that is made of such."""
    spelled = sum(len(run) for run in re.findall("[a-z]{4,}", word))
    if _KNOWN_WORDS.match(word) or spelled > len(word) / 3:
        return False
    kinds = [next(kind for kind in ("[a-z]", "[A-Z]", "[0-9]", ".") if re.match(kind, letter)) for letter in word]
    turns = sum(one != other for one, other in pairwise(kinds))
    entropy = -sum(n / len(word) * math.log2(n / len(word)) for n in Counter(word).values())
    if {"[a-z]", "[A-Z]", "[0-9]"} <= set(kinds):
        return entropy > 3.5 and turns >= len(word) / 4
    return len(word) >= 32 and "[0-9]" in kinds and "." not in kinds and entropy > 3.5 and turns >= len(word) / 4


def concealed(path: tuple[str, ...], value: Any) -> Any:
    """The value with what is secret in it replaced, whatever its shape; JSON in a text is told as what it means."""
    if isinstance(value, dict):
        return {_key(key): concealed((*path, str(key)), below) for key, below in value.items()}
    if isinstance(value, list):
        return _elements((*path[:-1], f"{_name(path)}[]"), value)
    if isinstance(value, str):
        inside = None if _is_placed_as_secret(path, value) else embedded.parsed(value)
        if inside is not None:
            return concealed(path, inside)
        return HIDDEN if is_secret(path, value) else value
    if value is None or isinstance(value, bool):
        return value
    return HIDDEN if is_secret(path, str(value)) else value


def _key(key: Any) -> Any:
    return HIDDEN if isinstance(key, str) and has_secret(key) else key


def _elements(path: tuple[str, ...], items: list[Any]) -> list[Any]:
    """An option's value follows it, as a word of its own."""
    found = []
    for before, item in zip([None, *items], items, strict=False):
        words = isinstance(before, str) and isinstance(item, str) and not has_secret(before)
        found.append(HIDDEN if words and has_secret(f"{before} {item}") else concealed(path, item))
    return found
