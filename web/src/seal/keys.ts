/**
 * A person's key, wherever it is: a closed union of plain data, told apart by `tag`, so that a key
 * can be handed to a worker and the same page works with all of them. What it does is asked here.
 */
import type { Bytes } from "./bytes.ts"
import { type Usage, checkCertificate } from "./certificate.ts"
import type { Recipient } from "./recipient.ts"
import { SealRefused } from "./refused.ts"
import { type SoftKey, softSign, softUnwrap } from "./softkey.ts"
import { type TokenKey, tokenSign, tokenUnwrap } from "./token.ts"

export type Key = SoftKey | TokenKey

/**
 * Over the hash that goes with the kind of key, which is the certificate's. `about` is the text
 * behind `data` where that is only its digest: a token's holder is told what is signed.
 * Refuses certificate_wrong_usage, and what a token's program refuses.
 */
export function sign(key: Key, data: Uint8Array, about?: Uint8Array): Promise<Bytes> {
  switch (key.tag) {
    case "soft":
      return softSign(key, data)
    case "token":
      return tokenSign(key, data, about)
  }
}

/** The content-encryption key that `recipient` holds for this key. Refuses certificate_wrong_usage, keyenv_altered. */
export function unwrapKey(key: Key, recipient: Recipient): Promise<Bytes> {
  switch (key.tag) {
    case "soft":
      return softUnwrap(key, recipient)
    case "token":
      return tokenUnwrap(key, recipient)
  }
}

/** Whether `key` is one to sign with, or one to be sealed to; some are both. */
export const serves = ({ certificate }: Key, usage: Usage): boolean => certificate.usages.includes(usage)

/** Of several keys (a firm has one to sign with and one to be sealed to) those that may do `usage` at `at`. */
export function keyFor(keys: readonly Key[], usage: Usage, at: Date): Key {
  const fit = keys.filter((key) => serves(key, usage))
  const good = fit.find(({ certificate }) => at >= certificate.notBefore && at <= certificate.notAfter)
  if (good) return good
  const [first] = fit
  if (!first) throw new SealRefused("certificate_wrong_usage", usage)
  checkCertificate(first.certificate, usage, at)
  return first
}

