"""What a scenario tells."""

from dataclasses import dataclass, field


@dataclass
class Transcript:
    """What happened, line by line, without anything that differs from run to run."""

    lines: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        self.lines.append(line)
