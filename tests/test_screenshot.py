import re
from pathlib import Path

from sandbox.screenshot import FILE, Recorded

ROOT = Path(__file__).parent.parent


def test_the_screenshot_names_no_folder_and_loads_nothing() -> None:
    screen = Recorded()
    screen.say("Terraform's AWS provider from the mirror /somewhere/here")
    screen.say("hook: GET /one FAILED: answered 500")

    shown = screen.svg()

    assert re.findall(r"(?<=>)[^<\n]+(?=</text>)", shown.replace("&#160;", " ").replace("&#x27;", "'")) == [
        "make demo",
        "    Terraform's AWS provider from the mirror",
        "    hook: GET /one FAILED: answered 500",
    ]
    assert "@font-face" not in shown
    assert "url(http" not in shown


def test_the_screenshot_of_the_readme_is_a_run_of_the_demo_from_start_to_end() -> None:
    shown = (ROOT / FILE).read_text().replace("&#160;", " ")

    assert "Start the sandbox" in shown
    assert "and nothing of it is left." in shown
    assert "mirror /" not in shown
    assert set(re.findall(r"https?://([^/:\s\"]+)", shown)) <= {"127.0.0.1", "www.w3.org", "www.textualize.io"}
