// Written by web/protocol.py from bidroom/wire.py. Don't edit.

/** One event, and where it stands: `seq` counts 1, 2, 3, … without a gap in each stream. */
export type Envelope = {
  readonly type: "Envelope"
  readonly stream: string
  readonly seq: number
  readonly at: string
  readonly by: Actor
  readonly cause: string
  readonly event:
    | OpeningScheduled
    | OpeningPostponed
    | LobbyOpened
    | TendersSealed
    | RosterKept
    | OpeningNotOpened
    | RosterPublished
    | DrawBegan
    | ShareRevealed
    | SharesMissing
    | PartReleased
    | ShareRestored
    | DrawMade
    | DrawFailed
    | ManualDrawEntered
    | ManualDrawCosigned
    | DecryptionBegan
    | WindowExtended
    | KeyRefused
    | TenderDecrypted
    | TenderLeftSealed
    | DecryptionSettled
    | BodyOpened
    | BodyUnreadable
    | OffersReadOut
    | ConfirmationBegan
    | ReadOutConfirmed
    | ConfirmationEnded
    | ObjectionRaised
    | ObjectionAnswered
    | HostPassed
    | SigningBegan
    | RecordSigned
    | OpeningClosed
    | OpeningTerminated
    | CandidatesNamed
    | AwardMade
    | ContractMade
    | Withheld
}

/** Who speaks, or who listens. */
export type Actor = {
  readonly role: Role
  readonly id: string
}

export const Role = ["agent", "supervisor", "notary", "bidder", "public", "hall"] as const
export type Role = (typeof Role)[number]

export type OpeningScheduled = {
  readonly type: "OpeningScheduled"
  readonly title: string
  readonly project: string
  readonly notice: Notice
  readonly notice_sha256: string
  readonly opens_at: string
  readonly policy: Policy
  readonly hosts: readonly Person[]
  readonly recorder: Person
  readonly supervisors: readonly Person[]
  readonly notary: Person | null
}

/** What gives a sealed tender its meaning. It holds no dates: postponing leaves tenders good. */
export type Notice = {
  readonly lot: string
  readonly fields: readonly Field[]
  readonly suite: "INT1" | "SM1"
  readonly sections: readonly string[]
  readonly body_bytes_max: number
  readonly ceiling_fen: number | null
  readonly version: number
  readonly draw: DrawPlan | null
  readonly escrow: null
  readonly control: null
}

/** One line of the 开标一览表. */
export type Field = {
  readonly name: string
  readonly kind: FieldKind
  readonly label_zh: string
  readonly label_en: string
  readonly required: boolean
}

/** What a read-out field counts in. */
export const FieldKind = ["price_fen", "discount_bp", "days", "text", "person"] as const
export type FieldKind = (typeof FieldKind)[number]

export type DrawPlan = {
  readonly rounds: readonly Round[]
  readonly contributors: readonly Contributor[]
  readonly together: number
}

/** One round (轮次): `take` balls out of a list, and what its values mean. */
export type Round = {
  readonly label_zh: string
  readonly label_en: string
  readonly balls: readonly (number | string)[]
  readonly of_bidders: boolean
  readonly take: number
  readonly put_back: boolean
  readonly decimals: number
  readonly unit: string
}

/** One contributor, as it signed (`bidroom/draw-share/1`). Certificates are base64 of DER. */
export type Contributor = {
  readonly part: Part
  readonly person: string
  readonly name: string
  readonly certificate: string
  readonly salt: string
  readonly commitment: string
  readonly parts: readonly SealedPart[]
  readonly signer: string
  readonly signature: string
}

/** In what capacity somebody contributes. */
export const Part = ["platform", "supervisor", "notary"] as const
export type Part = (typeof Part)[number]

/** A part of a share for one contributor, sealed to its certificate (a key envelope). */
export type SealedPart = {
  readonly to: string
  readonly sealed: string
  readonly commitment: string
}

/** Windows and limits of one opening. Units stand last in each name. */
export type Policy = {
  readonly regime: Regime
  readonly silence: Silence
  readonly tenders_min: number
  readonly sign_in_s: number
  readonly host_grace_s: number
  readonly window_s: number
  readonly extensions_max: number
  readonly extension_total_s_max: number
  readonly key_attempts_max: number
  readonly confirmation_s: number
  readonly objections_each_max: number
  readonly draw_order: DrawOrder
  readonly draw_s: number
}

export const Regime = ["bidding_law", "gov_procurement", "enterprise"] as const
export type Regime = (typeof Regime)[number]

/** What a bidder's silence counts as once confirmation has ended. */
export const Silence = ["accepts", "noted"] as const
export type Silence = (typeof Silence)[number]

/** When the draw is made. Before decryption no price is known to anybody: that is fairer. */
export const DrawOrder = ["before_decryption", "after_read_out"] as const
export type DrawOrder = (typeof DrawOrder)[number]

/** Somebody of the agent's, a supervisor or a notary, by the id in the certificate. */
export type Person = {
  readonly id: string
  readonly name: string
}

export type OpeningPostponed = {
  readonly type: "OpeningPostponed"
  readonly opens_at: string
  readonly reason: string
}

export type LobbyOpened = {
  readonly type: "LobbyOpened"
}

/** The freeze. Everybody can look for their own digest; names come with the roster. */
export type TendersSealed = {
  readonly type: "TendersSealed"
  readonly seals: readonly string[]
  readonly goes_on_at: string | null
}

/** Whose tenders were frozen, right after the freeze: the hall alone knows until the roster. */
export type RosterKept = {
  readonly type: "RosterKept"
  readonly tenders: readonly SealedTender[]
}

/** What is known of a tender from outside its seal. */
export type SealedTender = {
  readonly bidder: string
  readonly name: string
  readonly seal: string
  readonly version: number
  readonly received_at: string
  readonly size_bytes: number
  readonly signed_in_at: string | null
  readonly intact: boolean
}

/** Fewer tenders than the law asks for (流标): they stay sealed, and unnamed. */
export type OpeningNotOpened = {
  readonly type: "OpeningNotOpened"
  readonly tenders_count: number
}

export type RosterPublished = {
  readonly type: "RosterPublished"
  readonly tenders: readonly SealedTender[]
  readonly goes_on_at: string
}

/** Every share is asked for, and what goes into the seed besides them is fixed. */
export type DrawBegan = {
  readonly type: "DrawBegan"
  readonly log_size: number
  readonly log_root: string
  readonly ends_at: string
}

export type ShareRevealed = {
  readonly type: "ShareRevealed"
  readonly person: string
  readonly share: string
  readonly act: Signed
}

/** A legal act: the statement's exact bytes as text, the signature over them, the signer. */
export type Signed = {
  readonly statement: string
  readonly signature: string
  readonly certificate: string
}

/** The window is over. Who withheld a share stands here; the others are asked for its parts. */
export type SharesMissing = {
  readonly type: "SharesMissing"
  readonly persons: readonly string[]
  readonly ends_at: string
}

export type PartReleased = {
  readonly type: "PartReleased"
  readonly of: string
  readonly person: string
  readonly part: string
  readonly act: Signed
}

export type ShareRestored = {
  readonly type: "ShareRestored"
  readonly of: string
  readonly share: string
}

/** All shares are known, and so the seed and every ball: anybody can compute them. */
export type DrawMade = {
  readonly type: "DrawMade"
  readonly seed: string
  readonly rounds: readonly Drawn[]
  readonly goes_on_at: string
}

/** What came of one round: the numbers of the balls, and what stands on them. */
export type Drawn = {
  readonly picks: readonly number[]
  readonly values: readonly (number | string)[]
}

/** Shares stayed unknown. Until `goes_on_at` a ball machine's result may be entered. */
export type DrawFailed = {
  readonly type: "DrawFailed"
  readonly persons: readonly string[]
  readonly goes_on_at: string
}

/** The host typed in what a ball machine gave. It counts once the notary has signed it, too. */
export type ManualDrawEntered = {
  readonly type: "ManualDrawEntered"
  readonly person: string
  readonly rounds: readonly Drawn[]
  readonly reason: string
  readonly act: Signed
}

export type ManualDrawCosigned = {
  readonly type: "ManualDrawCosigned"
  readonly person: string
  readonly act: Signed
  readonly goes_on_at: string
}

export type DecryptionBegan = {
  readonly type: "DecryptionBegan"
  readonly ends_at: string
}

export type WindowExtended = {
  readonly type: "WindowExtended"
  readonly ends_at: string
  readonly seconds: number
  readonly reason: string
}

/** A key came and was not the right one: evidence for judging why a tender stayed sealed. */
export type KeyRefused = {
  readonly type: "KeyRefused"
  readonly bidder: string
  readonly why: string
}

/** The key held. What it opened is kept shut until the read-out. */
export type TenderDecrypted = {
  readonly type: "TenderDecrypted"
  readonly bidder: string | null
  readonly act: Signed | null
}

export type TenderLeftSealed = {
  readonly type: "TenderLeftSealed"
  readonly bidder: string | null
  readonly cause: Cause
  readonly keys_refused: number
  readonly last_refusal: string | null
}

/** Why a tender was left sealed. The clock alone never says; a ruling does. */
export const Cause = ["pending"] as const
export type Cause = (typeof Cause)[number]

export type DecryptionSettled = {
  readonly type: "DecryptionSettled"
  readonly decrypted_count: number
  readonly left_sealed_count: number
  readonly goes_on_at: string
}

/** A tender's files were found to be what their sealed index says. */
export type BodyOpened = {
  readonly type: "BodyOpened"
  readonly bidder: string
  readonly index_sha256: string
  readonly files_count: number
  readonly size_bytes: number
}

export type BodyUnreadable = {
  readonly type: "BodyUnreadable"
  readonly bidder: string
  readonly why: string
}

export type OffersReadOut = {
  readonly type: "OffersReadOut"
  readonly outcomes: Readonly<Record<string, ReadOut | Unreadable | LeftSealed>>
  readonly goes_on_at: string
}

export type ReadOut = {
  readonly type: "ReadOut"
  readonly offer: Offer
  readonly letter_key: string
}

/** The lines that are read out loud, by field name: whole numbers, or text. */
export type Offer = {
  readonly type: "Offer"
  readonly values: Readonly<Record<string, number | string>>
}

/** The key was right, and what it opened is no letter. Anybody can check that. */
export type Unreadable = {
  readonly type: "Unreadable"
  readonly why: string
  readonly letter_key: string
}

export type LeftSealed = {
  readonly type: "LeftSealed"
  readonly cause: Cause
}

export type ConfirmationBegan = {
  readonly type: "ConfirmationBegan"
  readonly minutes_sha256: string
  readonly ends_at: string
}

export type ReadOutConfirmed = {
  readonly type: "ReadOutConfirmed"
  readonly bidder: string
  readonly act: Signed
}

export type ConfirmationEnded = {
  readonly type: "ConfirmationEnded"
  readonly silent: readonly string[]
  readonly counts_as: Silence
  readonly passes_at: string | null
}

export type ObjectionRaised = {
  readonly type: "ObjectionRaised"
  readonly number: number
  readonly bidder: string | null
  readonly text: string | null
  readonly act: Signed | null
}

export type ObjectionAnswered = {
  readonly type: "ObjectionAnswered"
  readonly number: number
  readonly bidder: string
  readonly objection: string
  readonly text: string
}

/** The host was silent for too long: `to` may act as host from here on. */
export type HostPassed = {
  readonly type: "HostPassed"
  readonly to: string
  readonly passes_at: string | null
}

export type SigningBegan = {
  readonly type: "SigningBegan"
  readonly minutes_sha256: string
  readonly passes_at: string | null
}

export type RecordSigned = {
  readonly type: "RecordSigned"
  readonly person: string
  readonly duty: Duty
  readonly act: Signed
}

export const Duty = ["host", "recorder"] as const
export type Duty = (typeof Duty)[number]

export type OpeningClosed = {
  readonly type: "OpeningClosed"
}

export type OpeningTerminated = {
  readonly type: "OpeningTerminated"
  readonly reason: string
}

export type CandidatesNamed = {
  readonly type: "CandidatesNamed"
  readonly candidates: readonly string[]
}

export type AwardMade = {
  readonly type: "AwardMade"
  readonly bidder: string
}

export type ContractMade = {
  readonly type: "ContractMade"
  readonly bidder: string
  readonly signed_on: string
}

/** Stands in for an event that is not for this reader, so that the count has no gap. */
export type Withheld = {
  readonly type: "Withheld"
}

/** What ask `re` led to stands on the record at `seq` or before. */
export type Done = {
  readonly type: "Done"
  readonly re: string
  readonly seq: number
}

/** `reason` is a code of bidroom/words.py; `detail` names the field or the person, if any. */
export type Refused = {
  readonly type: "Refused"
  readonly re: string
  readonly reason: string
  readonly detail: string
}

/** The hall's clock and the record's head; its absence means that the line is dead. */
export type Tick = {
  readonly type: "Tick"
  readonly at: string
  readonly seq: number
}

export type Frame = Envelope | Done | Refused | Tick

/** The first frame. A viewer of the public has no ticket; everybody says what they have. */
export type Hello = {
  readonly type: "Hello"
  readonly ticket: string | null
  readonly after: number
}

/** From the browser, which repeats it under the same `id` until it is answered. */
export type Ask = {
  readonly id: string
  readonly command:
    | Postpone
    | PublishRoster
    | CallDraw
    | RevealShare
    | HandOverPart
    | EnterManualDraw
    | CosignManualDraw
    | BeginDecryption
    | ExtendWindow
    | UnlockTender
    | BeginReadOut
    | BeginConfirmation
    | Confirm
    | RaiseObjection
    | AnswerObjection
    | SignRecord
    | Close
    | Terminate
    | NameCandidates
    | MakeAward
    | RecordContract
}

export type Postpone = {
  readonly type: "Postpone"
  readonly version: number
  readonly opens_at: string
  readonly reason: string
}

export type PublishRoster = {
  readonly type: "PublishRoster"
  readonly version: number
}

/** The host's order to draw; the hall adds the record's root, and its own share. */
export type CallDraw = {
  readonly type: "CallDraw"
  readonly version: number
}

export type RevealShare = {
  readonly type: "RevealShare"
  readonly share: string
  readonly act: Signed
}

/** A contributor's part of a share that was withheld; the hall puts the parts together. */
export type HandOverPart = {
  readonly type: "HandOverPart"
  readonly of: string
  readonly part: string
  readonly act: Signed
}

/** The numbers of the balls that a machine gave, round by round. */
export type EnterManualDraw = {
  readonly type: "EnterManualDraw"
  readonly picks: readonly (readonly number[])[]
  readonly reason: string
  readonly act: Signed
}

export type CosignManualDraw = {
  readonly type: "CosignManualDraw"
  readonly act: Signed
}

export type BeginDecryption = {
  readonly type: "BeginDecryption"
  readonly version: number
}

export type ExtendWindow = {
  readonly type: "ExtendWindow"
  readonly version: number
  readonly seconds: number
  readonly reason: string
}

/** A bidder's section keys, letter and body, and its signed statement over everything else. */
export type UnlockTender = {
  readonly type: "UnlockTender"
  readonly keys: readonly string[]
  readonly act: Signed
}

/** The host's order to read out; the hall adds what it held. */
export type BeginReadOut = {
  readonly type: "BeginReadOut"
  readonly version: number
}

export type BeginConfirmation = {
  readonly type: "BeginConfirmation"
  readonly version: number
}

export type Confirm = {
  readonly type: "Confirm"
  readonly act: Signed
}

export type RaiseObjection = {
  readonly type: "RaiseObjection"
  readonly text: string
  readonly act: Signed
}

export type AnswerObjection = {
  readonly type: "AnswerObjection"
  readonly number: number
  readonly text: string
}

export type SignRecord = {
  readonly type: "SignRecord"
  readonly act: Signed
}

export type Close = {
  readonly type: "Close"
  readonly version: number
}

export type Terminate = {
  readonly type: "Terminate"
  readonly version: number
  readonly reason: string
}

export type NameCandidates = {
  readonly type: "NameCandidates"
  readonly version: number
  readonly candidates: readonly string[]
}

export type MakeAward = {
  readonly type: "MakeAward"
  readonly version: number
  readonly bidder: string
}

export type RecordContract = {
  readonly type: "RecordContract"
  readonly version: number
  readonly signed_on: string
}

export type Command = Ask["command"]

export type Event = Envelope["event"]

/** Why the hall closed a socket: 44xx is final, after 45xx the browser comes back. */
export const Hangup = {
  MALFORMED: 4400,
  TICKET_SPENT: 4401,
  NOT_ADMITTED: 4403,
  NO_SUCH_OPENING: 4404,
  TOO_LARGE: 4413,
  TOO_MANY: 4429,
  RESTARTING: 4503,
  LAGGING: 4504,
} as const

export const SUBPROTOCOL = "bidroom.v1"

export const FRAME_BYTES_MAX = 65536
