/** What the console does when the hall no longer knows who sits at it. */
import { me } from "../login/session.ts"
import { ApiError } from "../ui/api.ts"

/** Whether `fault` says that nobody is logged in any more: the frame then asks for the certificate. */
export function loggedOut(fault: unknown): boolean {
  const gone = fault instanceof ApiError && fault.status === 401
  if (gone) me.value = null
  return gone
}
