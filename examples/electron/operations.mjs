// What a page may ask for, and the COM thread that does it. A page can call nothing else.
import { backend, ComThread } from 'com-cancel'
import { registerShell } from './emulated-shell.mjs'

const text = (what, value) => {
  if (typeof value === 'string' && value !== '' && value.length <= 200) return value
  throw new TypeError(`${what} must be a string of 1 to 200 characters`)
}

const seconds = (what, value) => {
  if (Number.isInteger(value) && value >= 1 && value <= 600) return value
  throw new TypeError(`${what} must be an integer from 1 to 600`)
}

/**
 * Starts the thread. Each operation takes the arguments of the page, which it checks, and `{ signal }`.
 *
 * WScript.Shell is a class of every Windows. It lives in a single-threaded apartment, so that a call from a
 * multithreaded one is marshaled and can be canceled.
 */
export const startOperations = async () => {
  if (backend.kind === 'emulator') registerShell()
  const thread = await ComThread.start({ apartment: 'mta' })
  const shell = await thread.createObject('WScript.Shell')
  const operations = {
    /** Shows a dialog. The number of the button that was pressed; -1 when nobody answers in time. */
    popup: ([message, limit], options) =>
      shell.call('Popup', [text('message', message), seconds('seconds', limit)], options),
    /** A value of the registry. */
    readRegistry: ([name], options) => shell.call('RegRead', [text('name', name)], options),
  }
  return { operations, close: () => thread[Symbol.asyncDispose]() }
}
