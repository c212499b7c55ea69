"""The verbs, one file each: `command` is what a person types, `run` is what it does."""
