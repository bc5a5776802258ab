/** Where a line is dialled, and the one-use ticket that those who logged in bring to it. */
import { api } from "../ui/api.ts"
import type { Ticket } from "./line.ts"

export function lineUrl(opening: string, at: Location = location): string {
  const scheme = at.protocol === "https:" ? "wss:" : "ws:"
  return `${scheme}//${at.host}/line/openings/${encodeURIComponent(opening)}`
}

export function ticketFor(opening: string): Ticket {
  return async () => {
    const answer = await api<{ ticket: string }>("/api/line-ticket", { body: { opening } })
    return answer.ticket
  }
}
