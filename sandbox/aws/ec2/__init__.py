"""EC2: networks, and what is asked for that is not there."""
