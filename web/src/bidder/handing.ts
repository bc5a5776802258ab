/**
 * Handing a tender in, from the files on this device to the hall's receipt: sealed in a worker,
 * opened again on trial before anything leaves, uploaded in parts, and rehearsed with what the
 * hall then holds.
 */
import { computed, onScopeDispose, ref, shallowRef } from "vue"
import { key } from "../login/keys.ts"
import type { OpeningScheduled } from "../protocol.gen.ts"
import { base64 } from "../seal/bytes.ts"
import type { Certificate } from "../seal/certificate.ts"
import { rehearse } from "../seal/rehearse.ts"
import type { Progress, Sealed } from "../seal/seal.ts"
import { sealInWorker } from "../seal/sealer.ts"
import type { Receipt, Values } from "./desk.ts"
import { ciphertextOf, dropUpload, keepOffer, keepUpload, type Unfinished, unfinished } from "./kept.ts"
import { letterOf } from "./letter.ts"
import { rehearseHeld } from "./unlocking.ts"
import { type Manifest, type UploadProgress, upload } from "./upload.ts"
import type { UsedRoom } from "./useRoom.ts"

export const WORK = ["digesting", "encrypting", "signing", "testing", "uploading", "rehearsing", "done"] as const
export type Work = (typeof WORK)[number]

export type UsedHanding = ReturnType<typeof useHanding>

export function useHanding(room: UsedRoom) {
  const work = ref<Work | null>(null)
  const progress = shallowRef<{ done: number; total: number; waits_s?: number } | null>(null)
  const fault = shallowRef<unknown>(null)
  const receipt = shallowRef<Receipt | null>(null)
  const rehearsal = shallowRef<unknown>(null)
  const kept = shallowRef<Unfinished | null>(unfinished(room.who.value, room.id))
  const busy = computed(() => work.value !== null && work.value !== "done" && fault.value === null)
  // Where the browser has no files of its own the ciphertext lives as long as this page.
  let inMemory: readonly Blob[] | null = null
  let running = new AbortController()

  async function run(job: (signal: AbortSignal) => Promise<void>): Promise<void> {
    running.abort()
    running = new AbortController()
    const { signal } = running
    fault.value = null
    receipt.value = null
    try {
      await job(signal)
    } catch (no) {
      if (signal === running.signal) fault.value = no
    }
  }

  const start = (facts: OpeningScheduled, values: Values, files: readonly File[], spares: readonly Certificate[]) =>
    run(async (signal) => {
      enter("digesting")
      await dropUpload(room.who.value, room.id)
      const at = room.at()
      const opener = key("encrypt", at)
      const signer = key("sign", at)
      const { lot, suite } = facts.notice
      const sealing = {
        letter: letterOf(values),
        files,
        facts: { suite, tender: lot, lot, bidder: room.who.value, notice: facts.notice_sha256 },
        signer,
        recipients: [opener.certificate, ...spares.filter(({ fingerprint }) => fingerprint !== opener.certificate.fingerprint)],
        at,
      }
      const sealed = await sealInWorker(sealing, told, signal)
      enter("testing")
      await rehearse(opener, { ...sealed, heads: sealed.sections.map(({ head }) => head) })
      await keepOffer(room.who.value, room.id, sealed.sealHash, values, opener.certificate)
      const manifest = manifestOf(sealed)
      inMemory = sealed.sections.map(({ ciphertext }) => ciphertext)
      keep(manifest, inMemory, at)
      await send(manifest, inMemory, signal)
    })

  const resume = () =>
    run(async (signal) => {
      if (!kept.value) return
      const sections = inMemory ?? (await ciphertextOf(kept.value))
      if (!sections) throw new CiphertextLost()
      await send(kept.value.manifest, sections, signal)
    })

  async function send(manifest: Manifest, sections: readonly Blob[], signal: AbortSignal): Promise<void> {
    enter("uploading")
    receipt.value = await upload(room.id, manifest, sections, uploaded, signal)
    await drop()
    enter("rehearsing")
    rehearsal.value = null
    try {
      await rehearseHeld(room.id)
    } catch (no) {
      rehearsal.value = no // it is received all the same
    }
    enter("done")
    await room.refresh()
  }

  async function drop(): Promise<void> {
    inMemory = null
    kept.value = null
    await dropUpload(room.who.value, room.id)
  }

  function keep(manifest: Manifest, sections: readonly Blob[], at: Date): void {
    const files = sections.map((one) => (one instanceof File ? one.name : ""))
    kept.value = { manifest, files: files.filter(Boolean), sealed_at: at.toISOString() }
    if (files.every(Boolean)) keepUpload(room.who.value, room.id, kept.value)
  }

  function enter(step: Work): void {
    work.value = step
    progress.value = null
  }

  function told({ step, done, total }: Progress): void {
    work.value = step
    progress.value = { done, total }
  }

  const uploaded = (one: UploadProgress) => {
    progress.value = one
  }

  const cancel = () => {
    running.abort()
  }

  function reset(): void {
    work.value = null
    fault.value = null
  }

  /** The browser asks before a tab with unfinished work is closed. */
  function hold(event: BeforeUnloadEvent): void {
    if (busy.value) event.preventDefault()
  }
  addEventListener("beforeunload", hold)
  onScopeDispose(() => {
    removeEventListener("beforeunload", hold)
    cancel()
  })
  return { work, progress, fault, receipt, rehearsal, kept, busy, start, resume, drop, cancel, reset }
}

/** The browser has thrown away what was sealed: it must be sealed again. */
export class CiphertextLost extends Error {
  readonly reason = "ciphertext_lost"
}

function manifestOf({ header, keyenv, sealJson, sealP7s, sections }: Sealed): Manifest {
  return {
    header: base64(header),
    keyenv: base64(keyenv),
    seal: base64(sealJson),
    signature: base64(sealP7s),
    sections: sections.map(({ leaves }) => ({ leaves })),
  }
}
