/**
 * Where ciphertext goes while it is made, so that a tender of gigabytes needs no gigabytes of
 * memory: a file of the origin's own (OPFS) in a worker, else a Blob, which browsers page out.
 */
import type { Bytes } from "./bytes.ts"

export type Spill = {
  write(bytes: Bytes): Promise<void>
  /** All that was written. On OPFS it is a view of the file, good until `discard`. */
  finish(): Promise<Blob>
  discard(): Promise<void>
}

export function blobSpill(): Spill {
  let parts: Blob[] = []
  return {
    async write(bytes) {
      parts.push(new Blob([bytes]))
    },
    finish: async () => new Blob(parts),
    async discard() {
      parts = []
    },
  }
}

const FOLDER = "sealing"
const KEPT_MS = 24 * 60 * 60 * 1000

/** A spill on disk where the browser has one for workers, else in Blobs. `name` is a file's. */
export async function spillTo(name: string): Promise<Spill> {
  const root = await opfs()
  if (!root || typeof FileSystemFileHandle === "undefined" || !("createSyncAccessHandle" in FileSystemFileHandle.prototype)) {
    return blobSpill()
  }
  const folder = await root.getDirectoryHandle(FOLDER, { create: true })
  const file = await folder.getFileHandle(name, { create: true })
  const handle = await (file as WritableFile).createSyncAccessHandle()
  handle.truncate(0)
  let at = 0
  return {
    async write(bytes) {
      at += handle.write(bytes, { at })
    },
    async finish() {
      handle.flush()
      handle.close()
      return file.getFile()
    },
    async discard() {
      handle.close()
      await folder.removeEntry(name)
    },
  }
}

/** Frees what the spills of one sealing hold, `name` and all that begin with `name.` */
export async function discardSpills(name: string): Promise<void> {
  await sweep((file) => file === name || file.startsWith(`${name}.`))
}

/** Frees what sealings left that were never uploaded: closed tabs, broken-off work. */
export async function sweepSpills(): Promise<void> {
  await sweep((_, modified) => Date.now() - modified > KEPT_MS)
}

async function sweep(isDoomed: (name: string, modified: number) => boolean): Promise<void> {
  const root = await opfs()
  const folder = await root?.getDirectoryHandle(FOLDER).catch(() => undefined) // nothing was ever spilled
  if (!folder) return
  for await (const [name, handle] of folder.entries()) {
    const { lastModified } = await (handle as FileSystemFileHandle).getFile()
    // One that is being written in another tab can't be removed, and needn't be.
    if (isDoomed(name, lastModified)) await folder.removeEntry(name).catch(() => undefined)
  }
}

async function opfs(): Promise<FileSystemDirectoryHandle | undefined> {
  return globalThis.navigator?.storage?.getDirectory?.().catch(() => undefined)
}

// The DOM library of TypeScript has this for workers only.
type WritableFile = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncHandle> }
type SyncHandle = {
  write(bytes: Bytes, where: { at: number }): number
  truncate(size: number): void
  flush(): void
  close(): void
}
