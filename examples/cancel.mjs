// Cancels a blocked call with an AbortSignal.
import { ComThread } from 'com-cancel'

const thread = await ComThread.start({ apartment: 'mta' })
try {
  await thread.wait(60_000, { signal: AbortSignal.timeout(500) })
} catch (error) {
  console.log(error.name, error.hresult) // AbortError -2147418110, which is RPC_E_CALL_CANCELED
} finally {
  await thread.close()
}
