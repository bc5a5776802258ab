/** Every no of the seal, by name: the same closed list as in crypto/errors.py. */

export const REASONS = [
  // keys on devices
  "not_a_p12",
  "wrong_pin",
  "no_key",
  "key_unsuited",
  "token_unreachable",
  "token_forbidden",
  "token_foreign",
  "token_missing",
  "token_shut",
  "token_busy",
  "token_failed",
  "pin_rejected",
  "pin_last_try",
  "pin_locked",
  "pin_not_given",
  "not_agreed",
  "not_for_signing",
  // shape
  "too_large",
  "not_canonical",
  "malformed_header",
  "malformed_keyenv",
  "malformed_seal",
  "malformed_signature",
  "malformed_certificate",
  "malformed_package",
  "malformed_body",
  // a good package, but for something or somebody else
  "wrong_suite",
  "foreign_tender",
  "foreign_lot",
  "foreign_notice",
  "foreign_bidder",
  "recipient_foreign",
  // bytes that were changed on the way
  "header_altered",
  "keyenv_altered",
  "seal_altered",
  "section_altered",
  "part_altered",
  "statement_altered",
  // signatures and those who made them
  "signature_bad",
  "signature_missing",
  "signer_unknown",
  "certificate_expired",
  "certificate_not_yet_valid",
  "certificate_revoked",
  "certificate_untrusted",
  "certificate_wrong_usage",
  // opening
  "not_a_recipient",
  "wrong_key",
  "unreadable_letter",
  "unreadable_body",
] as const

export type SealReason = (typeof REASONS)[number]

/** A refusal. `detail` is short, for people who look into it, and never holds a secret. */
export class SealRefused extends Error {
  readonly reason: SealReason
  readonly detail: string

  constructor(reason: SealReason, detail = "") {
    super(detail ? `${reason}: ${detail}` : reason)
    this.name = "SealRefused"
    this.reason = reason
    this.detail = detail
  }
}

/** What `work` gives; where it fails in any way but a refusal of ours, the failure is called `reason`. */
export async function refusing<T>(reason: SealReason, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof SealRefused ? error : new SealRefused(reason)
  }
}
