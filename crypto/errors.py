"""Every no this package says, by name: one reason for each failure that can be told apart."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Closed list, the same in the browser's twin and in the vectors."""

    # keys on devices
    NOT_A_P12 = "not_a_p12"
    WRONG_PIN = "wrong_pin"
    NO_KEY = "no_key"
    KEY_UNSUITED = "key_unsuited"  # an algorithm or a curve that no suite uses
    TOKEN_UNREACHABLE = "token_unreachable"  # the program beside the browser doesn't answer
    TOKEN_FORBIDDEN = "token_forbidden"  # the browser doesn't let the page ask it
    TOKEN_FOREIGN = "token_foreign"  # it doesn't serve this page
    TOKEN_MISSING = "token_missing"  # nothing is plugged in, or not any more
    TOKEN_SHUT = "token_shut"  # its PIN is to be given again
    TOKEN_BUSY = "token_busy"
    TOKEN_FAILED = "token_failed"  # its driver says something else
    PIN_REJECTED = "pin_rejected"  # by a token, which counts
    PIN_LAST_TRY = "pin_last_try"  # rejected, and once more locks it
    PIN_LOCKED = "pin_locked"
    PIN_NOT_GIVEN = "pin_not_given"
    NOT_AGREED = "not_agreed"  # its holder was asked, and didn't say yes
    NOT_FOR_SIGNING = "not_for_signing"  # nothing of an opening: a token's program won't sign it
    # shape
    TOO_LARGE = "too_large"
    NOT_CANONICAL = "not_canonical"
    MALFORMED_HEADER = "malformed_header"
    MALFORMED_KEYENV = "malformed_keyenv"
    MALFORMED_SEAL = "malformed_seal"
    MALFORMED_SIGNATURE = "malformed_signature"
    MALFORMED_CERTIFICATE = "malformed_certificate"
    MALFORMED_PACKAGE = "malformed_package"
    MALFORMED_BODY = "malformed_body"  # said to the sealer: file names, sizes
    # a good package, but for something or somebody else
    WRONG_SUITE = "wrong_suite"
    FOREIGN_TENDER = "foreign_tender"
    FOREIGN_LOT = "foreign_lot"
    FOREIGN_NOTICE = "foreign_notice"
    FOREIGN_BIDDER = "foreign_bidder"
    RECIPIENT_FOREIGN = "recipient_foreign"
    # bytes that were changed on the way
    HEADER_ALTERED = "header_altered"
    KEYENV_ALTERED = "keyenv_altered"
    SEAL_ALTERED = "seal_altered"
    SECTION_ALTERED = "section_altered"
    PART_ALTERED = "part_altered"
    STATEMENT_ALTERED = "statement_altered"
    # signatures and those who made them
    SIGNATURE_BAD = "signature_bad"
    SIGNATURE_MISSING = "signature_missing"
    SIGNER_UNKNOWN = "signer_unknown"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    CERTIFICATE_WRONG_USAGE = "certificate_wrong_usage"
    # opening
    NOT_A_RECIPIENT = "not_a_recipient"
    # misses the commitment: nothing was decrypted, another key may be tried
    WRONG_KEY = "wrong_key"
    UNREADABLE_LETTER = "unreadable_letter"  # the commitment held, the content fails: never retried
    UNREADABLE_BODY = "unreadable_body"


class SealRefused(Exception):
    """A refusal. `detail` is short, for people who look into it, and never holds a secret."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason, self.detail = reason, detail
