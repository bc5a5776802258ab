/**
 * A small real hall for the line's tests: a websocket server with a record of numbered
 * envelopes, which acts once on each ask however often it comes.
 */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { WebSocketServer, type WebSocket as Served } from "ws"
import type { Ask, Command, Frame, Hello } from "../../src/protocol.gen.ts"

export class SmallHall {
  readonly hellos: Hello[] = []
  readonly asks: Ask[] = []
  readonly acted: Command[] = []
  readonly tickets = new Set<string>()
  readonly paths: string[] = []
  readonly subprotocols: string[] = []
  /** Called before an ask is answered; false leaves it without an answer. */
  answers: (ask: Ask) => boolean = () => true
  /** Called after Hello; false leaves the seat empty. */
  admits: (seat: Served, hello: Hello) => boolean = () => true
  at = Date.parse("2026-03-02T01:30:00Z")
  readonly #answered = new Map<string, Frame>()
  readonly #seats = new Set<Served>()
  readonly #server: Server
  #head = 0

  private constructor(server: Server) {
    this.#server = server
    const sockets = new WebSocketServer({ server, perMessageDeflate: false })
    sockets.on("connection", (seat, request) => {
      this.paths.push(request.url ?? "")
      this.subprotocols.push(seat.protocol)
      seat.once("message", (data) => this.#seat(seat, JSON.parse(String(data)) as Hello))
    })
  }

  static async open(port = 0): Promise<SmallHall> {
    const server = createServer()
    await new Promise<void>((done) => server.listen(port, "127.0.0.1", done))
    return new SmallHall(server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/line/openings/lot-1`
  }

  get seats(): number {
    return this.#seats.size
  }

  happen(count = 1): void {
    for (let n = 0; n < count; n++) this.say(envelope(++this.#head))
  }

  say(frame: object): void {
    for (const seat of this.#seats) seat.send(JSON.stringify(frame))
  }

  /** Something on the way spoils what is said. */
  garble(): void {
    for (const seat of this.#seats) seat.send('{"type":"Tick","at"')
  }

  tick(): void {
    this.say({ type: "Tick", at: new Date(this.at).toISOString(), seq: this.#head })
  }

  /** The network breaks: no close frame, nothing. */
  cut(): void {
    for (const seat of this.#seats) seat.terminate()
  }

  close(code: number): void {
    for (const seat of this.#seats) seat.close(code)
  }

  async shut(): Promise<void> {
    this.cut()
    await new Promise((done) => this.#server.close(done))
  }

  #seat(seat: Served, hello: Hello): void {
    this.hellos.push(hello)
    if (hello.ticket !== null && !this.tickets.delete(hello.ticket)) return seat.close(4401)
    if (!this.admits(seat, hello)) return
    this.#seats.add(seat)
    seat.on("close", () => this.#seats.delete(seat))
    seat.on("message", (data) => this.#answer(seat, JSON.parse(String(data)) as Ask))
    for (let seq = hello.after + 1; seq <= this.#head; seq++) {
      seat.send(JSON.stringify(envelope(seq)))
    }
    this.tick()
  }

  #answer(seat: Served, ask: Ask): void {
    this.asks.push(ask)
    const known = this.#answered.get(ask.id)
    if (!known) this.#act(ask)
    if (this.answers(ask)) seat.send(JSON.stringify(this.#answered.get(ask.id)))
  }

  #act(ask: Ask): void {
    if (ask.command.type === "Terminate") {
      const reason = "not_your_part"
      this.#answered.set(ask.id, { type: "Refused", re: ask.id, reason, detail: "host" })
      return
    }
    this.acted.push(ask.command)
    this.happen()
    this.#answered.set(ask.id, { type: "Done", re: ask.id, seq: this.#head })
  }
}

export function envelope(seq: number): object {
  return {
    type: "Envelope", stream: "opening/lot-1", seq, at: "2026-03-02T01:30:00Z",
    by: { role: "hall", id: "hall" }, cause: "a-cause-of-it", event: { type: "Withheld" },
  }
}
