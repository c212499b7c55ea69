"""`make screenshot`: runs the demo, and writes what it showed to docs/demo.svg, which the README shows."""

import re
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT

from sandbox import demo
from sandbox.story import Screen

FILE = Path("docs/demo.svg")


class Recorded(Screen):
    """Keeps what it shows, without the folder that a mirror of providers has on this machine."""

    def __init__(self) -> None:
        super().__init__(record=True)
        self.console.width = 120

    def say(self, text: str) -> None:
        super().say(re.sub(r"(provider from .*) /\S+$", r"\1", text))

    def svg(self) -> str:
        """The picture, which loads nothing: Rich's own template has fonts from a host."""
        template = re.sub(r"@font-face {{.*?}}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
        return self.console.export_svg(title="make demo", code_format=template, unique_id="demo")


def main() -> int:
    screen = Recorded()
    code = demo.main(screen)
    if code == 0:
        FILE.write_text(screen.svg())
    return code


if __name__ == "__main__":
    sys.exit(main())
