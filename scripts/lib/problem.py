"""The one exception that ends a script with a sentence for its user."""


class Problem(Exception):
    """What went wrong and what to do about it, fit to print as it is."""
