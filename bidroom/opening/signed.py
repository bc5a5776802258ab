"""People and what they sign, as events and commands carry them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from bidroom.envelope import PersonId

Remark: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2_000)]


class Person(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody of the agent's, a supervisor or a notary, by the id in the certificate."""

    id: PersonId
    name: Annotated[str, Meta(min_length=1, max_length=100)]


class Signed(Struct, frozen=True, forbid_unknown_fields=True):
    """A legal act: the statement's exact bytes as text, the signature over them, the signer."""

    statement: Annotated[str, Meta(max_length=8_000)]  # canonical JSON (crypto.statements)
    signature: Annotated[str, Meta(max_length=1_000)]  # base64
    certificate: Annotated[str, Meta(max_length=8_000)]  # base64 of DER
