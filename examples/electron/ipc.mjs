// How pages reach the operations: a message for each call, with a MessagePort that belongs to this call.
//
//   page -> program   'cancel'
//   program -> page   { value } or { error }, once
//
// The port closes when the page is closed or reloaded, which cancels the call as well.
import { serializeError } from 'com-cancel'

export const CHANNEL = 'com'

const run = async (operations, request, signal) => {
  const { operation, args } = request ?? {}
  if (typeof operation !== 'string' || !Object.hasOwn(operations, operation))
    throw new TypeError(`there is no operation ${String(operation)}`)
  if (!Array.isArray(args)) throw new TypeError('args must be an array')
  return operations[operation](args, { signal })
}

/** Runs one operation for the page at the other end of a port. Never rejects. */
export const serve = async (operations, request, port) => {
  const controller = new AbortController()
  port.on('message', ({ data }) => {
    if (data === 'cancel') controller.abort(new Error('the user has canceled'))
  })
  port.on('close', () => controller.abort(new Error('the page is closed')))
  port.start()
  try {
    port.postMessage({ value: await run(operations, request, controller.signal) })
  } catch (error) {
    // IPC keeps only the message of an error.
    port.postMessage({ error: serializeError(error instanceof Error ? error : new Error(String(error))) })
  }
}

/**
 * Hands each call of a page to `handle`, with its port. `isTrusted` gets the frame that calls: other frames get no
 * answer.
 */
export const listen = ({ ipcMain, isTrusted, handle }) => {
  ipcMain.on(CHANNEL, (event, request) => {
    const [port] = event.ports
    if (!port) return
    if (isTrusted(event.senderFrame)) handle(request, port)
    else port.close()
  })
}
