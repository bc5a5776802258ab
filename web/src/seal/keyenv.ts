/**
 * The key envelope: CMS AuthEnvelopedData (RFC 5083, 5084) whose content is the package's content
 * key. Twin of crypto/keyenv.py; `openssl cms` reads ours, and we read its.
 */
import { type Bytes, concat } from "./bytes.ts"
import type { Certificate } from "./certificate.ts"
import * as der from "./der.ts"
import { TAG, as, child, oid } from "./der.ts"
import { type Key, unwrapKey } from "./keys.ts"
import { type Recipient, type RecipientId, algorithm, isId, readRecipient, writeRecipient } from "./recipient.ts"
import { SealRefused, refusing } from "./refused.ts"

export const KEYENV_MAX = 64 * 1024
export const RECIPIENTS_MAX = 8

const AUTH_ENVELOPED = "1.2.840.113549.1.9.16.1.23"
const DATA = "1.2.840.113549.1.7.1"
const AES256_GCM = "2.16.840.1.101.3.4.1.46"
const EXPLICIT_0 = 0xa0
const CEK = 32
const NONCE = 12
const TAG_BYTES = 16

export type Entropy = (length: number) => Bytes
export const fromBrowser: Entropy = (length) => crypto.getRandomValues(new Uint8Array(length))

/** `cek` for whoever holds the key of one of `recipients`. Nonces come from `entropy`, keys from WebCrypto. */
export async function wrap(cek: Bytes, recipients: readonly Certificate[], entropy: Entropy = fromBrowser): Promise<Bytes> {
  const each = new Set(recipients.map(({ fingerprint }) => fingerprint))
  if (cek.length !== CEK || each.size === 0 || each.size > RECIPIENTS_MAX || each.size < recipients.length) {
    throw new SealRefused("malformed_keyenv", "recipients")
  }
  if (recipients.some(({ kind }) => !kind)) throw new SealRefused("key_unsuited")
  const raw = entropy(CEK)
  const nonce = entropy(NONCE)
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"])
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, cek))
  const infos = await Promise.all(recipients.map((one) => writeRecipient(raw, one)))
  const gcm = der.sequence(der.octets(nonce), der.small(TAG_BYTES))
  const content = der.sequence(
    der.writeOid(DATA),
    der.sequence(der.writeOid(AES256_GCM), gcm),
    der.write(0x80, sealed.subarray(0, -TAG_BYTES)),
  )
  const envelope = der.sequence(der.small(0), der.setOf(...infos), content, der.octets(sealed.subarray(-TAG_BYTES)))
  return der.sequence(der.writeOid(AUTH_ENVELOPED), der.tagged(0, envelope))
}

/** The content key. Refuses too_large, malformed_keyenv, not_a_recipient, keyenv_altered, and what `unwrapKey` refuses. */
export async function unwrap(keyenv: Uint8Array, key: Key): Promise<Bytes> {
  const envelope = await parsed(keyenv)
  const mine = envelope.recipients.find(({ id }) => isId(id, key.certificate))
  if (mine?.kind !== key.certificate.kind) throw new SealRefused("not_a_recipient", key.certificate.fingerprint.slice(0, 16))
  const raw = await unwrapKey(key, mine)
  if (raw.length !== CEK) throw new SealRefused("keyenv_altered", "length of the key")
  return refusing("keyenv_altered", async () => {
    const how = { name: "AES-GCM", iv: envelope.nonce, tagLength: TAG_BYTES * 8 }
    const content = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"])
    const cek = new Uint8Array(await crypto.subtle.decrypt(how, content, concat(envelope.sealed, envelope.mac)))
    if (cek.length !== CEK) throw new SealRefused("malformed_keyenv", "length of the content key")
    return cek
  })
}

/** Whom an envelope is for. Refuses too_large, malformed_keyenv. */
export async function recipientsOf(keyenv: Uint8Array): Promise<readonly RecipientId[]> {
  return (await parsed(keyenv)).recipients.map(({ id }) => id)
}

type Envelope = {
  readonly recipients: readonly Recipient[]
  readonly nonce: Bytes
  readonly sealed: Bytes
  readonly mac: Bytes
}

function parsed(keyenv: Uint8Array): Promise<Envelope> {
  if (keyenv.length > KEYENV_MAX) throw new SealRefused("too_large", "key envelope")
  return refusing("malformed_keyenv", () => {
    const info = as(der.read(keyenv), TAG.SEQUENCE)
    const envelope = child(child(info, 1, EXPLICIT_0), 0, TAG.SEQUENCE)
    const content = child(envelope, 2, TAG.SEQUENCE)
    const kinds = [oid(child(info, 0, TAG.OID)), oid(child(content, 0, TAG.OID)), child(envelope, 0, TAG.INTEGER).content[0]]
    if (kinds.join() !== [AUTH_ENVELOPED, DATA, 0].join()) throw new SealRefused("malformed_keyenv", "content type")
    const infos = child(envelope, 1, TAG.SET).inside
    if (infos.length === 0 || infos.length > RECIPIENTS_MAX) throw new SealRefused("malformed_keyenv", "recipients")
    const gcm = algorithm(child(content, 1, TAG.SEQUENCE), AES256_GCM)
    const nonce = child(as(gcm!, TAG.SEQUENCE), 0, TAG.OCTET_STRING).content
    const mac = child(envelope, 3, TAG.OCTET_STRING).content
    const length = gcm!.inside[1]?.content[0] ?? NONCE // RFC 5084: the tag has 12 bytes unless it says otherwise
    if (nonce.length !== NONCE || mac.length !== TAG_BYTES || length !== TAG_BYTES) {
      throw new SealRefused("malformed_keyenv", "nonce or tag")
    }
    return { recipients: infos.map(readRecipient), nonce, mac, sealed: child(content, 2, 0x80).content }
  })
}
