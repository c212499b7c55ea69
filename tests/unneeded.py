"""What an end-to-end run does not need, and why it is kept."""

PERMISSIONS: dict[tuple[str, str], str] = {}
"""Role or policy, and action -> reason."""

PIECES: dict[tuple[str, str], str] = {}
"""Security group, route table or VPC, and rule, route or endpoint -> reason."""
