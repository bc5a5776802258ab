"""Writes every vector file anew: `python -m crypto.vectors.make`.

What depends on chance comes out the same each time, but for what libraries draw by themselves: RSA
keys, OAEP's seeds, and the salts of .p12 files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from typing import Any

from crypto.suites import SM1
from crypto.vectors import escrowed, national, packages, people, plain, said, two_party

FILES: dict[str, Callable[[], Any]] = {
    "canonical": plain.canonical_cases,
    "merkle": plain.merkle_cases,
    "sections": plain.section_cases,
    "sections_sm1": partial(plain.section_cases, SM1),
    "national": national.national_cases,
    "letter": plain.letter_cases,
    "statements": said.statement_cases,
    "keys": people.key_cases,
    "trust": people.trust_cases,
    "signatures": people.signature_cases,
    "keyenv": people.keyenv_cases,
    "packages": packages.package_cases,
    "escrow": escrowed.escrow_cases,
    "unreadable": packages.unreadable_cases,
    "two_party": two_party.two_party_cases,
}


def main() -> None:
    folder = os.path.dirname(os.path.abspath(__file__))
    for name, make in FILES.items():
        text = json.dumps(make(), ensure_ascii=True, indent=1)
        with open(os.path.join(folder, f"{name}.json"), "w", encoding="ascii") as file:
            file.write(text + "\n")


if __name__ == "__main__":
    main()
