"""STS: what it gives out is good for the next call, and it gives to those only whom AWS would give it."""
