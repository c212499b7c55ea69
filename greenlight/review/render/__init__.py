"""Reviews as people and programs read them. Pure: reviews in, one text out.

Everything in a review may have been written by the author of the pull request: see `text`.
"""
