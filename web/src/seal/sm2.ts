/**
 * SM2 (GB/T 32918) in the encodings that certificates use: signatures with SM3 under the usual id, key
 * transport. Twin of crypto/sm2.py. The curve is the library's; every byte that comes from outside is
 * read and bounded here, for the library reads DER loosely and takes numbers of any size.
 */
import { sm2 } from "sm-crypto-v2"
import { type Bytes, concat, equal, fromHex, hex } from "./bytes.ts"
import { type Node, TAG, as, child, integer, read, sequence } from "./der.ts"
import { SealRefused, refusing } from "./refused.ts"

const SIGNER_ID = "1234567812345678" // GB/T 35276: whose id isn't agreed upon otherwise
const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n
const NUMBER = 32
const DIGEST = 32
const PLAIN_MIN = 16 // a key: with a few bytes the mask could be zeros, and the library doesn't look
const PLAIN_MAX = 255
const UNCOMPRESSED = 4

/** 04 ‖ x ‖ y on the curve, and in no other form. Refuses key_unsuited. */
export async function checkPoint(point: Uint8Array): Promise<void> {
  const form = point.length === 2 * NUMBER + 1 && point[0] === UNCOMPRESSED
  const good = await refusing("key_unsuited", () => form && sm2.verifyPublicKey(hex(point)))
  if (!good) throw new SealRefused("key_unsuited", "not a point of the curve")
}

/** The point of a secret number, 32 bytes. Refuses key_unsuited. */
export function pointOf(secret: Uint8Array): Bytes {
  const number = secret.length === NUMBER ? numberOf(secret) : 0n
  // With n − 1 there is no signature: it would divide by zero.
  if (number < 1n || number > ORDER - 2n) throw new SealRefused("key_unsuited", "secret number")
  return fromHex(sm2.getPublicKeyFromPrivateKey(hex(secret)))
}

/** SEQUENCE { r, s }, DER. Refuses key_unsuited. */
export function sm2Sign(secret: Uint8Array, data: Uint8Array): Bytes {
  const publicKey = hex(pointOf(secret))
  const pair = fromHex(sm2.doSignature(data, hex(secret), { hash: true, publicKey, userId: SIGNER_ID }))
  return sequence(integer(pair.subarray(0, NUMBER)), integer(pair.subarray(NUMBER)))
}

/** In the one spelling that DER allows. Refuses key_unsuited, signature_bad. */
export async function sm2Verify(point: Uint8Array, data: Uint8Array, signature: Uint8Array): Promise<void> {
  await checkPoint(point)
  const holds = await refusing("signature_bad", () => {
    const pair = as(read(signature), TAG.SEQUENCE)
    const both = [numberIn(pair, 0), numberIn(pair, 1)] as const
    if (!equal(sequence(...both.map(integer)), signature)) return false
    if (both.some((one) => numberOf(one) < 1n || numberOf(one) >= ORDER)) return false
    return sm2.doVerifySignature(data, hex(concat(...both)), hex(point), { hash: true, userId: SIGNER_ID })
  })
  if (!holds) throw new SealRefused("signature_bad")
}

/** 16 to 255 bytes as GM/T 0009 writes them: SEQUENCE { x, y, hash, ciphertext }. Refuses key_unsuited. */
export async function sm2Encrypt(point: Uint8Array, plain: Uint8Array): Promise<Bytes> {
  if (plain.length < PLAIN_MIN || plain.length > PLAIN_MAX) throw new RangeError("16 to 255 bytes")
  await checkPoint(point)
  return fromHex(sm2.doEncrypt(plain, hex(point), 1, { asn1: true }))
}

/** Refuses keyenv_altered, for a point off the curve as well, and key_unsuited. */
export async function sm2Decrypt(secret: Uint8Array, sealed: Uint8Array): Promise<Bytes> {
  pointOf(secret)
  return refusing("keyenv_altered", async () => {
    const parts = as(read(sealed), TAG.SEQUENCE)
    const point = concat(Uint8Array.of(UNCOMPRESSED), numberIn(parts, 0), numberIn(parts, 1))
    const digest = child(parts, 2, TAG.OCTET_STRING)
    const masked = child(parts, 3, TAG.OCTET_STRING)
    const again = sequence(integer(numberIn(parts, 0)), integer(numberIn(parts, 1)), digest.der, masked.der)
    if (!equal(again, sealed) || digest.content.length !== DIGEST) throw new SealRefused("keyenv_altered", "wrapped key")
    // Off the curve, a multiple of the point would tell of the secret number.
    if (!sm2.verifyPublicKey(hex(point))) throw new SealRefused("keyenv_altered", "point")
    const joined = hex(concat(point.subarray(1), digest.content, masked.content))
    const plain = sm2.doDecrypt(joined, hex(secret), 1, { output: "array" })
    if (plain.length === 0) throw new SealRefused("keyenv_altered", "wrapped key") // how the library says no
    return concat(plain)
  })
}

/** The INTEGER at `index` as 32 bytes; longer ones are refused by whoever compares what it writes again. */
function numberIn(parts: Node, index: number): Bytes {
  const { content } = child(parts, index, TAG.INTEGER)
  const magnitude = content.subarray(Math.max(0, content.length - NUMBER))
  return concat(new Uint8Array(NUMBER - magnitude.length), magnitude)
}

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${hex(bytes)}`)
