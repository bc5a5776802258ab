/** Whether this browser's person has their certificate in files or on a token: as it was last time. */
import { api } from "../ui/api.ts"

export type Where = "file" | "token"

const KEPT = "bidroom.certificate"

export function recalled(): Where {
  try {
    return localStorage.getItem(KEPT) === "token" ? "token" : "file"
  } catch {
    return "file"
  }
}

export function remember(where: Where): void {
  try {
    localStorage.setItem(KEPT, where)
  } catch {
    // A forbidden store: then it is asked each time.
  }
}

/** Where the program for tokens listens on this machine; the hall's policy lets pages reach nothing else here. */
export const tokenProgram = async (): Promise<string> => (await api<{ address: string }>("/api/token")).address
