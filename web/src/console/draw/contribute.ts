/** A contribution to a draw, made on the contributor's own device. Twin of `contribute` in bidroom/shares.py. */
import type { Contributor, DrawPlan } from "../../protocol.gen.ts"
import { partCommitment, shareCommitment } from "../../room/draw.ts"
import { type Bytes, base64, fromBase64, hex, sha256 } from "../../seal/bytes.ts"
import { type Json, encode } from "../../seal/canonical.ts"
import { readCertificate } from "../../seal/certificate.ts"
import { fromBrowser, wrap } from "../../seal/keyenv.ts"
import { type Key, sign } from "../../seal/keys.ts"
import { split } from "../../seal/shamir.ts"

/** Who contributes to one lot's draw, with the certificates that are sealed to (base64 of DER). */
export type Call = {
  readonly lot: string
  readonly holders: readonly Pick<Contributor, "part" | "person" | "name" | "certificate">[]
  readonly together: number
}

const SHARE = 32

/** Whether `value` is a call, as far as a page needs it; the hall judges what comes of it. */
export const isCall = (value: unknown): value is Call =>
  typeof value === "object" && value !== null &&
  "lot" in value && typeof value.lot === "string" &&
  "holders" in value && Array.isArray(value.holders) && value.holders.length > 2 &&
  "together" in value && typeof value.together === "number"

export const isPlan = (value: unknown): value is DrawPlan =>
  typeof value === "object" && value !== null &&
  "rounds" in value && Array.isArray(value.rounds) && "contributors" in value && Array.isArray(value.contributors)

/** A new share of `person`'s, split among the others and sealed; nothing of it is in the clear. */
export async function contribute({ lot, holders, together }: Call, person: string, signer: Key): Promise<Contributor> {
  const own = holders.find((one) => one.person === person)
  if (!own) throw new RangeError("not one of those who contribute")
  const share: Bytes = fromBrowser(SHARE)
  const salt = hex(fromBrowser(SHARE))
  const commitment = shareCommitment(lot, person, salt, hex(share))
  const others = split(share, together, holders.length - 1, fromBrowser)
  const parts: Contributor["parts"][number][] = []
  for (const { person: to, certificate } of holders) {
    const part = to === person ? share : others.shift()!
    const sealed = base64(await wrap(part, [await readCertificate(fromBase64(certificate))]))
    parts.push({ to, sealed, commitment: to === person ? commitment : partCommitment(lot, person, to, hex(part)) })
  }
  const statement = encode({
    typ: "bidroom/draw-share/1",
    lot,
    person,
    certificate: (await readCertificate(fromBase64(own.certificate))).fingerprint,
    salt,
    commitment,
    parts: hex(await sha256(encode(parts as unknown as Json))),
  })
  return {
    part: own.part, person, name: own.name, certificate: own.certificate, salt, commitment, parts,
    signer: base64(signer.certificate.der), signature: base64(await sign(signer, statement)),
  }
}
