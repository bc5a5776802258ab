"""组织机构代码: the organisation code inside a social credit code, and its own check digit."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # GB 11714-1997
_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


def good_organisation_code(credit_code: str) -> bool:
    """Whether characters 9 to 17 of a social credit code are an organisation code that checks.

    GB 32100-2015 takes the organisation code over with its check digit (GB 11714-1997, mod 11).
    """
    body, check = credit_code[8:16], credit_code[16:17]
    if len(body) != len(_WEIGHTS) or any(char not in _DIGITS for char in body):
        return False
    weighed = zip(body, _WEIGHTS, strict=True)
    return check == "0123456789X"[-sum(_DIGITS.index(char) * by for char, by in weighed) % 11]
