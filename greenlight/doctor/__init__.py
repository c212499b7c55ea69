"""What is wrong with a service between its releases, what that does, and what repairs it."""
