/** What people signed: their signature, their certificate at the time, and what they signed it for. */
import type { Envelope, Signed } from "../protocol.gen.ts"
import type { Opening } from "../room/fold.ts"
import { fromBase64, hex, sha256, utf8 } from "../seal/bytes.ts"
import { type Certificate, readCertificate } from "../seal/certificate.ts"
import { verify } from "../seal/signature.ts"
import { type Statement, readStatement } from "../seal/statements.ts"
import { drawAct, judgePlan } from "./draw.ts"
import { must, trying } from "./findings.ts"
import { micros } from "./instants.ts"
import { minutesHash } from "./minutes.ts"
import type { TrustList } from "./trust.ts"

export const instant = (at: string): Date => new Date(micros(at) / 1_000)

export class Acts {
  /** How many signatures were looked at. */
  count = 0
  /** The certificate that the hall signs with in a draw. */
  private platform = ""
  private readonly opening: string
  private readonly roots: readonly string[]
  private readonly trust: TrustList

  /** `roots`: the log's root after each entry, hex. */
  constructor(opening: string, roots: readonly string[], trust: TrustList) {
    this.opening = opening
    this.roots = roots
    this.trust = trust
  }

  /** Whose certificate made this signature, good at `at`. */
  async signed(where: string, act: Signed, at: string): Promise<Certificate> {
    const certificate = await trying(where, "certificate", () => readCertificate(fromBase64(act.certificate)))
    await trying(where, "signature", () => verify(certificate, utf8(act.statement), fromBase64(act.signature)))
    this.count += 1
    await trying(where, "certificate", () => this.trust.check(certificate, [], "sign", instant(at)))
    return certificate
  }

  /** What stands in `envelope` under somebody's signature, held to the opening `before` it. */
  async judge(where: string, before: Opening | null, envelope: Envelope): Promise<void> {
    const { event, by } = envelope
    switch (event.type) {
      case "TenderDecrypted":
        if (event.act && event.bidder) await this.opened(where, before!, event.bidder, event.act, envelope)
        break
      case "ReadOutConfirmed":
        await this.act(where, event.act, "confirm", event.bidder, before?.confirmed_sha256 ?? "", envelope)
        must(by.role === "bidder" && by.id === event.bidder, where, "signed_by_another")
        break
      case "ObjectionRaised":
        if (event.act && event.text !== null && event.bidder !== null) {
          await this.act(where, event.act, "object", event.bidder, hex(await sha256(utf8(event.text))), envelope)
        }
        break
      case "RecordSigned":
        await this.act(where, event.act, "sign", event.person, before?.minutes_sha256 ?? "", envelope)
        break
      case "OpeningScheduled":
        this.count += await judgePlan(event, instant(envelope.at), this.trust)
        this.platform = event.notice.draw?.contributors.find(({ part }) => part === "platform")?.signer ?? ""
        break
      case "DrawBegan":
        must(event.log_size === envelope.seq - 1 && this.roots[event.log_size - 1] === event.log_root, where, "draw")
        break
      case "ShareRevealed":
      case "PartReleased":
      case "ManualDrawEntered":
      case "ManualDrawCosigned": {
        const { purpose, subject } = await drawAct(before!, event)
        await this.act(where, event.act, purpose, event.person, subject, envelope)
        break
      }
      case "ConfirmationBegan":
      case "SigningBegan":
        must(before !== null && event.minutes_sha256 === (await minutesHash(before)), where, "minutes")
        break
      default:
    }
  }

  private async opened(where: string, opening: Opening, bidder: string, act: Signed, envelope: Envelope): Promise<void> {
    const said = await this.statement(where, act, bidder, envelope)
    must(said.typ === "bidroom/open/1" && said["opening"] === this.opening, where, "signed_for_another")
    must(said["seal"] === opening.tenders[bidder]?.sealed.seal, where, "package")
    this.saw(where, said, envelope)
  }

  private async act(where: string, act: Signed, purpose: string, who: string, subject: string, envelope: Envelope): Promise<void> {
    const said = await this.statement(where, act, who, envelope)
    must(said.typ === "bidroom/act/2" && said["purpose"] === purpose, where, "signed_for_another")
    must(said["account"] === who, where, "signed_by_another")
    must(said["opening"] === this.opening && said["subject"] === subject, where, "signed_for_another")
    this.saw(where, said, envelope)
  }

  private async statement(where: string, act: Signed, who: string, { at }: Envelope): Promise<Statement> {
    const { creditCode, serialNumber } = await this.signed(where, act, at)
    const platform = who === "hall" && act.certificate === this.platform // in a draw
    must(who === creditCode || who === serialNumber || platform, where, "signed_by_another")
    return trying(where, "statement", () => readStatement(utf8(act.statement)))
  }

  /** The record that its maker saw is the beginning of this one. */
  private saw(where: string, said: Statement, { seq }: Envelope): void {
    const size = said["log_size"]
    must(typeof size === "number" && size > 0 && size < seq, where, "other_history")
    must(this.roots[(size as number) - 1] === said["log_root"], where, "other_history")
  }
}
