/**
 * A line to one opening that outlives the network under it.
 *
 * When it goes dead it dials again, asks by number for what it missed, and repeats whatever
 * was not answered under the same id. So its listener hears every envelope once and in order,
 * and every ask is settled once. Nothing secret stands in the URL: the ticket goes in the
 * first frame.
 */
import {
  type Ask, type Command, type Envelope, type Frame, FRAME_BYTES_MAX, Hangup, type Hello,
  SUBPROTOCOL,
} from "../protocol.gen.ts"
import { HallTime } from "./clock.ts"

export type Listener = {
  heard(envelope: Envelope): void
  /** The hall's clock was heard; `caughtUp` when nothing that stands on the record is missing. */
  ticked?(caughtUp: boolean): void
  /** The line is dead and dials again. */
  lost?(): void
  /** The hall won't have us back; `code` is one of `Hangup`, or of our own `HUNG_UP`. */
  closed?(code: number): void
}

export type Line = {
  /** Resolves to the number by which it has happened; rejects with `Refusal` or `LineClosed`. */
  ask(command: Command): Promise<number>
  /** Milliseconds since the epoch by the hall's clock; null before it was first heard. */
  now(): number | null
  /** Milliseconds since the hall was last heard; null when it never was. */
  silent_ms(): number | null
  /** The number of the last envelope that was heard. */
  seq(): number
  hangUp(): void
}

export type Dial = (url: string) => WebSocket

/** A ticket for one dialling; null for a viewer of the public, who needs none. */
export type Ticket = () => Promise<string | null>

export type Wanted = {
  /** ws(s)://host/line/openings/{id} */
  url: string
  listener: Listener
  ticket?: Ticket
  /** What was heard before: the line begins behind it. */
  after?: number
  dial?: Dial
}

/** The rules say no: an answer, not a fault. */
export class Refusal extends Error {
  readonly reason: string
  readonly detail: string
  constructor(reason: string, detail = "") {
    super(detail ? `${reason}: ${detail}` : reason)
    this.name = "Refusal"
    this.reason = reason
    this.detail = detail
  }
}

/** The line ended before the hall had answered: look at the record for what came of it. */
export class LineClosed extends Error {
  readonly code: number
  constructor(code: number) {
    super(`the line was closed (${code})`)
    this.name = "LineClosed"
    this.code = code
  }
}

export const HUNG_UP = 4499 // by ourselves; the hall never sends it
export const SILENCE_MS_MAX = 25_000
const PAUSE_MS_MIN = 500
const PAUSE_MS_MAX = 15_000
const RETURN_MS_MAX = 3_000 // a restarted hall isn't met by everybody at once

type Unanswered = { text: string; resolve(seq: number): void; reject(error: Error): void }

export function openLine(wanted: Wanted): Line {
  return new Dialled(wanted)
}

class Dialled implements Line {
  readonly #wanted: Wanted
  readonly #unanswered = new Map<string, Unanswered>()
  readonly #time = new HallTime()
  #seq: number
  #attempts = 0
  #ticketsSpent = 0
  #heard_at: number | undefined
  #socket: WebSocket | undefined
  #timer: ReturnType<typeof setTimeout> | undefined // for the next dial, or for silence
  #closed: number | undefined
  #turn = 0 // which dialling is the present one

  constructor(wanted: Wanted) {
    this.#wanted = wanted
    this.#seq = wanted.after ?? 0
    globalThis.addEventListener?.("online", this.#atOnce)
    void this.#connect()
  }

  ask(command: Command): Promise<number> {
    if (this.#closed !== undefined) return Promise.reject(new LineClosed(this.#closed))
    const ask: Ask = { id: crypto.randomUUID(), command }
    const text = JSON.stringify(ask)
    if (new TextEncoder().encode(text).length > FRAME_BYTES_MAX) {
      return Promise.reject(new Refusal("too_large"))
    }
    return new Promise((resolve, reject) => {
      this.#unanswered.set(ask.id, { text, resolve, reject })
      if (this.#socket?.readyState === 1) this.#socket.send(text) // else once the line opens
    })
  }

  now(): number | null {
    return this.#time.now()
  }

  silent_ms(): number | null {
    return this.#heard_at === undefined ? null : performance.now() - this.#heard_at
  }

  seq(): number {
    return this.#seq
  }

  hangUp(): void {
    if (this.#closed === undefined) this.#close(HUNG_UP)
  }

  async #connect(): Promise<void> {
    const turn = ++this.#turn
    this.#listenFor(SILENCE_MS_MAX)
    let ticket: string | null
    try {
      ticket = (await this.#wanted.ticket?.()) ?? null
    } catch (fault) {
      if (turn !== this.#turn) return
      const code = finalFault(fault)
      return code === undefined ? this.#lose() : this.#close(code)
    }
    if (turn !== this.#turn) return // silence, or hanging up, was quicker
    this.#socket = (this.#wanted.dial ?? dial)(this.#wanted.url)
    this.#socket.onopen = () => this.#opened(ticket)
    this.#socket.onmessage = ({ data }) => this.#receive(data)
    this.#socket.onclose = ({ code }) => this.#lose(code)
  }

  #opened(ticket: string | null): void {
    const hello: Hello = { type: "Hello", ticket, after: this.#seq }
    this.#socket?.send(JSON.stringify(hello))
    for (const { text } of this.#unanswered.values()) this.#socket?.send(text)
  }

  #receive(data: unknown): void {
    const frame = parse(data)
    if (frame === undefined) return this.#lose()
    this.#heard_at = performance.now()
    this.#ticketsSpent = 0
    this.#listenFor(SILENCE_MS_MAX)
    this.#hear(frame)
  }

  #hear(frame: Frame): void {
    switch (frame.type) {
      case "Envelope":
        if (frame.seq > this.#seq + 1) return this.#lose() // lost on the way: fetch it again
        if (frame.seq <= this.#seq) return
        this.#seq = frame.seq
        return this.#wanted.listener.heard(frame)
      case "Tick":
        this.#attempts = 0
        this.#time.hear(Date.parse(frame.at))
        return this.#wanted.listener.ticked?.(this.#seq >= frame.seq)
      case "Done":
        return this.#settle(frame.re)?.resolve(frame.seq)
      case "Refused":
        return this.#settle(frame.re)?.reject(new Refusal(frame.reason, frame.detail))
    }
  }

  #settle(id: string): Unanswered | undefined {
    const asked = this.#unanswered.get(id)
    this.#unanswered.delete(id)
    return asked
  }

  #lose(code = 0): void {
    if (this.#closed !== undefined) return
    // A ticket may have grown old on a slow network: one more is fetched, and then it is a no.
    const again = code === Hangup.TICKET_SPENT && this.#wanted.ticket && this.#ticketsSpent++ === 0
    if (code >= 4400 && code <= 4499 && !again) return this.#close(code)
    this.#drop()
    this.#time.doubt()
    const most = code >= 4500 && code <= 4599 ? RETURN_MS_MAX : PAUSE_MS_MIN
    const pause_ms = again ? 0 : Math.random() * Math.min(PAUSE_MS_MAX, most * 2 ** this.#attempts++)
    this.#timer = setTimeout(() => void this.#connect(), pause_ms)
    if (!again) this.#wanted.listener.lost?.()
  }

  #close(code: number): void {
    this.#closed = code
    this.#drop()
    globalThis.removeEventListener?.("online", this.#atOnce)
    for (const { reject } of this.#unanswered.values()) reject(new LineClosed(code))
    this.#unanswered.clear()
    this.#wanted.listener.closed?.(code)
  }

  #drop(): void {
    this.#turn++
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = undefined
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }

  #listenFor(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#lose(), ms)
  }

  /** The network is back: no use in waiting out the pause. */
  readonly #atOnce = (): void => {
    if (this.#closed !== undefined || this.#socket) return
    this.#drop()
    this.#attempts = 0
    void this.#connect()
  }
}

function parse(data: unknown): Frame | undefined {
  try {
    return JSON.parse(String(data)) as Frame
  } catch {
    return undefined
  }
}

/** A ticket that is refused outright ends the line; anything else may pass. */
function finalFault(fault: unknown): number | undefined {
  const status = Number((fault as { status?: unknown } | null)?.status)
  if (status === 401) return Hangup.TICKET_SPENT
  if (status === 403) return Hangup.NOT_ADMITTED
  return status === 404 ? Hangup.NO_SUCH_OPENING : undefined
}

function dial(url: string): WebSocket {
  return new WebSocket(url, SUBPROTOCOL)
}
