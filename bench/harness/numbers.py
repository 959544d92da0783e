"""How numbers are written."""


def number(value, digits=2):
    return "–" if value is None else f"{value:,.{digits}f}"


def figure(value):
    """Without zeros that say nothing."""
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def ranged(spread, digits=2):
    if not spread:
        return "–"
    low, high = number(spread["p10"], digits), number(spread["p90"], digits)
    return f"{number(spread['median'], digits)} [{low}..{high}]"
