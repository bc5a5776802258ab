/**
 * Asking the hall over HTTP: JSON in, JSON out, the session's cookie, and one kind of error.
 *
 * Every request carries `X-BidRoom: 1`, which a foreign page cannot send without the hall's
 * leave: with the SameSite cookie and the exact Origin it stops requests forged elsewhere.
 */
import { language } from "./language.ts"
import { type Said, t } from "./words.ts"

/** The hall said no, or could not be reached (`status` 0). `message` is in the reader's language. */
export class ApiError extends Error {
  readonly status: number
  readonly error: string
  readonly zh: string
  readonly en: string
  /** The whole answer, for what a page needs beside the reason (such as which parts are missing). */
  readonly body: unknown

  constructor(status: number, error: string, said: Said, body: unknown = null) {
    super(said[language.value === "zh" ? 0 : 1])
    this.name = "ApiError"
    this.status = status
    this.error = error
    this.zh = said[0]
    this.en = said[1]
    this.body = body
  }
}

export type Asked = {
  method?: "GET" | "POST" | "PUT" | "DELETE"
  /** Sent as JSON; or bytes, sent as they are. */
  body?: unknown
  headers?: Readonly<Record<string, string>>
  signal?: AbortSignal
}

/** The JSON that the hall answers, or null for an empty answer; otherwise an `ApiError`. */
export async function api<Answer>(path: string, asked: Asked = {}): Promise<Answer> {
  const response = await reach(path, asked)
  const text = await response.text()
  const body = parse(text)
  if (!response.ok) throw refused(response.status, body)
  if (body === undefined) throw strange(response.status)
  return body as Answer
}

/** The same for bytes, such as a receipt or the record as PDF. */
export async function apiBytes(path: string, asked: Asked = {}): Promise<Uint8Array<ArrayBuffer>> {
  const response = await reach(path, asked)
  if (!response.ok) throw refused(response.status, parse(await response.text()))
  return new Uint8Array(await response.arrayBuffer())
}

async function reach(path: string, asked: Asked): Promise<Response> {
  const headers = new Headers({ "X-BidRoom": "1", Accept: "application/json" })
  const init: RequestInit = { cache: "no-store", headers }
  if (asked.body !== undefined) {
    const plain = asked.body instanceof Blob || asked.body instanceof Uint8Array
    headers.set("Content-Type", plain ? "application/octet-stream" : "application/json")
    init.body = plain ? (asked.body as BodyInit) : JSON.stringify(asked.body)
  }
  for (const [name, value] of Object.entries(asked.headers ?? {})) headers.set(name, value)
  init.method = asked.method ?? (asked.body === undefined ? "GET" : "POST")
  if (asked.signal) init.signal = asked.signal
  try {
    return await fetch(path, init)
  } catch (fault) {
    if (asked.signal?.aborted) throw fault
    throw new ApiError(0, "offline", t.both("error.offline"))
  }
}

/** JSON, null for nothing, undefined for what isn't JSON. */
function parse(text: string): unknown {
  if (text === "") return null
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refused(status: number, body: unknown): ApiError {
  if (typeof body === "object" && body !== null && "error" in body) {
    const { error, zh, en } = body as Record<string, unknown>
    const code = String(error)
    return new ApiError(status, code, [text(zh, code), text(en, code)], body)
  }
  return strange(status)
}

function strange(status: number): ApiError {
  return new ApiError(status, "strange", t.both("error.strange", { status }))
}

function text(said: unknown, otherwise: string): string {
  return typeof said === "string" && said !== "" ? said : otherwise
}
