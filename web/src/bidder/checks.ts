/** What the device check looks at. Each gives what it found, and what to do where that won't do. */
import { HUNG_UP, openLine } from "../line/line.ts"
import { lineUrl } from "../line/ticket.ts"
import { type Key, serves } from "../seal/keys.ts"
import { recalled, tokenProgram } from "../login/place.ts"
import { plugged } from "../seal/token.ts"
import { api } from "../ui/api.ts"
import { explain } from "../ui/explain.ts"
import { day } from "../ui/time.ts"
import { c } from "./checkwords.ts"
import { openings } from "./desk.ts"
import { within } from "./expiry.ts"
import { size } from "./size.ts"

/** Its texts are asked for when they are shown: the language may change after the check. */
export type Checked = {
  readonly name: () => string
  readonly tone: "good" | "warn" | "bad"
  readonly found: () => string
  readonly advice?: () => string
}

const DAY_MS = 86_400_000
const FREE_LOW = 2 << 30
const OFF_S_MAX = 30
const ROUND_TRIPS = 5
const SLOW_MS = 400
const SOCKET_MS_MAX = 8_000

export async function checkDevice(): Promise<Checked[]> {
  return [await checkCrypto(), await checkDisk()]
}

async function checkCrypto(): Promise<Checked> {
  const name = () => c("crypto")
  try {
    const how = { name: "ECDH", namedCurve: "P-256" }
    const pair = await crypto.subtle.generateKey(how, false, ["deriveBits"])
    await crypto.subtle.deriveBits({ name: "ECDH", public: pair.publicKey }, pair.privateKey, 256)
    if (typeof Worker === "undefined") throw new Error("no workers")
    return { name, tone: "good", found: () => c("crypto_good") }
  } catch {
    return { name, tone: "bad", found: () => c("crypto_bad") }
  }
}

async function checkDisk(): Promise<Checked> {
  const name = () => c("disk")
  try {
    await navigator.storage.getDirectory()
    const { quota = 0, usage = 0 } = await navigator.storage.estimate()
    const free = Math.max(0, quota - usage)
    const found = () => c("disk_found", { free: size(free) })
    return free < FREE_LOW ? { name, tone: "warn", found, advice: () => c("disk_low") } : { name, tone: "good", found }
  } catch {
    return { name, tone: "warn", found: () => c("disk_none") }
  }
}

export async function checkLine(): Promise<Checked[]> {
  const trips: number[] = []
  let off_s = 0
  let lot: string | undefined
  try {
    for (let at = 0; at < ROUND_TRIPS; at++) {
      const began = performance.now()
      const said = await api<{ at: string }>("/api/board")
      const took = performance.now() - began
      trips.push(took)
      off_s = Math.round((Date.now() - took / 2 - Date.parse(said.at)) / 1000)
    }
    lot = (await openings()).openings[0]?.id
  } catch {
    return [{ name: () => c("line"), tone: "bad", found: () => c("line_bad") }]
  }
  const ms = Math.round([...trips].sort((a, z) => a - z)[trips.length >> 1]!)
  const line = { name: () => c("line"), found: () => c("line_found", { ms, n: ROUND_TRIPS }) }
  const clock = { name: () => c("clock"), found: () => c("clock_found", { s: off_s }) }
  return [
    ms > SLOW_MS ? { ...line, tone: "warn", advice: () => c("line_slow") } : { ...line, tone: "good" },
    Math.abs(off_s) > OFF_S_MAX ? { ...clock, tone: "warn", advice: () => c("clock_advice") } : { ...clock, tone: "good" },
    ...(lot ? [await checkSocket(lot)] : []),
  ]
}

/** Whether a line can be had at all: as a viewer, who needs no ticket. */
function checkSocket(lot: string): Promise<Checked> {
  const name = () => c("socket")
  return new Promise((resolve) => {
    const settle = (works: boolean) => {
      clearTimeout(timer)
      resolve(works ? { name, tone: "good", found: () => c("socket_good") } : { name, tone: "bad", found: () => c("socket_bad") })
      line.hangUp()
    }
    const timer = setTimeout(() => settle(false), SOCKET_MS_MAX)
    const line = openLine({
      url: lineUrl(lot),
      listener: {
        heard: () => undefined,
        ticked: () => settle(true),
        closed: (code) => code !== HUNG_UP && settle(false),
      },
    })
  })
}

/**
 * The program for tokens, for those who use one: asking for it may make the browser ask the person
 * whether this page may reach this machine, which nobody else needs.
 */
export async function checkToken(keys: readonly Key[]): Promise<Checked> {
  const name = () => c("token")
  if (recalled() !== "token" && !keys.some(({ tag }) => tag === "token")) {
    return { name, tone: "good", found: () => c("token_unused") }
  }
  try {
    const found = await plugged(await tokenProgram())
    if (!found.length) return { name, tone: "warn", found: () => c("token_none"), advice: () => c("token_plug") }
    const labels = found.map(({ label }) => label).join(" · ")
    const bad = found.find(({ pin }) => pin === "locked" || pin === "last_try")
    const told = { name, found: () => c("token_found", { n: found.length, labels }) }
    return bad ? { ...told, tone: "bad", advice: () => c("token_pin", { label: bad.label }) } : { ...told, tone: "good" }
  } catch (no) {
    return { name, tone: "bad", found: () => explain(no).what, advice: () => explain(no).next }
  }
}

export function checkCertificates(keys: readonly Key[]): Checked[] {
  return (["sign", "encrypt"] as const).map((usage) => {
    const name = () => c(usage)
    const own = keys.find((one) => serves(one, usage))
    if (!own) return { name, tone: "warn", found: () => c("not_open") }
    const { notAfter, kind } = own.certificate
    const left = notAfter.getTime() - Date.now()
    const n = Math.floor(left / DAY_MS)
    const found = () => c("until", { day: day(notAfter), n, kind: kind ?? "" })
    if (n < 0) return { name, tone: "bad", found, advice: () => c("expired") }
    return within(left) !== null ? { name, tone: "warn", found, advice: () => c("soon") } : { name, tone: "good", found }
  })
}
