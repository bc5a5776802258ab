"""Time-stamps by an authority (RFC 3161): asked for, and checked offline."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from crypto.certificates import Certificate
from crypto.errors import Reason, SealRefused

RESPONSE_MAX: Final = 10 * 1024  # of a token with one certificate, which is what we ask for


def request(data: bytes) -> bytes:
    """A TimeStampReq over SHA-256 of `data`, DER: with the TSA's certificate, and a nonce."""
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    return builder.build().as_bytes()


def time_of(response: bytes, data: bytes, roots: Sequence[Certificate]) -> datetime:
    """When `data` was there, by a TimeStampResp (DER) that leads to one of `roots`.

    Raises SealRefused(too_large | malformed_signature | statement_altered | signature_bad).
    """
    found = _decoded(response)
    if found.tst_info.message_imprint.message != sha256(data).digest():
        raise SealRefused(Reason.STATEMENT_ALTERED, "stamped something else")
    verifier = VerifierBuilder()
    for root in roots:
        verifier = verifier.add_root_certificate(root.x509)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            verifier.build().verify_message(found, data)
    except (VerificationError, ValueError) as error:
        raise SealRefused(Reason.SIGNATURE_BAD, str(error)[:80]) from None
    return found.tst_info.gen_time.astimezone(UTC)


def _decoded(response: bytes) -> TimeStampResponse:
    if len(response) > RESPONSE_MAX:
        raise SealRefused(Reason.TOO_LARGE, "time-stamp")
    try:
        found = decode_timestamp_response(response)
        _ = found.tst_info  # an answer that grants nothing has none
        return found
    except ValueError:
        raise SealRefused(Reason.MALFORMED_SIGNATURE, "no time-stamp") from None
