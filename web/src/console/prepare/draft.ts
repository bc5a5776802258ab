/** The draft that is being filled in: it outlives a look at another page, but not a reload. */
import { ref } from "vue"
import { newDraft } from "./form.ts"

export const draft = ref(newDraft())

/** Under which id it is published: twice, and done once. Another draft has another. */
export const askId = ref(newId())

export function startOver(): void {
  draft.value = newDraft()
  askId.value = newId()
}

/** An ask that was refused stays refused; what was put right is asked anew. */
export function askAnew(): void {
  askId.value = newId()
}

function newId(): string {
  return crypto.randomUUID()
}
