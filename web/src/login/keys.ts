/**
 * The person's keys while this page lives: non-extractable, in memory, gone with a reload.
 * Nothing of them, nor of their PIN, is ever kept.
 */
import { computed, shallowRef } from "vue"
import { openPkcs12 } from "../seal/pkcs12.ts"
import { type Key, keyFor, serves } from "../seal/keys.ts"
import type { Usage } from "../seal/certificate.ts"
import { type Gone, happening, shutToken } from "../seal/token.ts"

export const keys = shallowRef<readonly Key[]>([])

export const haveSigner = computed(() => keys.value.some((one) => serves(one, "sign")))
export const haveOpener = computed(() => keys.value.some((one) => serves(one, "encrypt")))

/** Opens `files` with one PIN, or with one each. Refuses what openPkcs12 refuses. */
export async function openFiles(files: readonly { file: File; pin: string }[]): Promise<Key[]> {
  const opened: Key[] = []
  for (const { file, pin } of files) {
    try {
      opened.push(await openPkcs12(new Uint8Array(await file.arrayBuffer()), pin))
    } catch (fault) {
      throw new FileRefused(file.name, fault)
    }
  }
  return opened
}

/** Which of several files was refused. */
export class FileRefused extends Error {
  readonly file: string
  readonly fault: unknown
  constructor(file: string, fault: unknown) {
    super(file)
    this.name = "FileRefused"
    this.file = file
    this.fault = fault
  }
}

/** The key for `usage` that is good at `at`. Refuses certificate_*. */
export const key = (usage: Usage, at: Date): Key => keyFor(keys.value, usage, at)

export function forget(): void {
  for (const key of keys.value) if (key.tag === "token") void shutToken(key)
  keys.value = []
  gone.value = false
}

/** A token's keys were here, and it was pulled out or shut: its PIN is needed again. */
export const gone = shallowRef(false)

happening.addEventListener("gone", (event) => {
  const { session } = event as Gone
  keys.value = keys.value.filter((key) => key.tag !== "token" || key.session !== session)
  gone.value = true
})

/** Who a key's certificate is about: a person's id, or a firm's credit code. */
export const holder = ({ certificate }: Key): string =>
  certificate.serialNumber ?? certificate.creditCode ?? ""
