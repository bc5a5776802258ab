/** One act at a time, with its failure kept to be shown. */
import { ref, shallowRef } from "vue"

/** `handled`: whether a failure is dealt with elsewhere, and is not to be shown here. */
export function useAct(handled: (no: unknown) => boolean = () => false) {
  const busy = ref(false)
  const fault = shallowRef<unknown>(null)

  /** Whether `work` was done; a click while something is on its way does nothing. */
  async function run(work: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    fault.value = null
    try {
      await work()
      return true
    } catch (no) {
      if (!handled(no)) fault.value = no
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, fault, run }
}
