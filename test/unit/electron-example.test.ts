// The main process of examples/electron, with small stand-ins for ipcMain and the ports of Electron.
import { EventEmitter } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { deserializeError, HResult, type SerializedError } from 'com-cancel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { soon, until } from '../support/until'

const root = path.join(import.meta.dirname, '../..')
const example = path.join(root, 'examples/electron')

interface Operations {
  operations: Record<string, unknown>
  close(): Promise<void>
}

/** A MessagePortMain: its messages are events with `data`, and are not delivered before `start`. */
class PortMain extends EventEmitter {
  readonly #port: MessagePort
  #started = false

  constructor(port: MessagePort) {
    super()
    this.#port = port
  }

  start(): void {
    this.#started = true
    this.#port.on('message', data => this.emit('message', { data }))
    this.#port.on('close', () => this.emit('close'))
  }

  postMessage(message: unknown): void {
    if (!this.#started) throw new Error('the port was not started')
    this.#port.postMessage(message)
  }

  close(): void {
    this.#port.close()
  }
}

type Outcome = { value?: unknown; error?: SerializedError }

// The program is installed in a folder of its own, because it imports the package by name.
let folder: string
let program: Operations
let ipc: {
  listen(electron: { ipcMain: EventEmitter; isTrusted: unknown; handle: unknown }): void
  serve(operations: unknown, request: unknown, port: PortMain): Promise<void>
}
const ipcMain = new EventEmitter()
let served: Promise<void> = Promise.resolve()

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'com-cancel-electron-'))
  cpSync(example, folder, { recursive: true })
  mkdirSync(path.join(folder, 'node_modules'))
  symlinkSync(root, path.join(folder, 'node_modules/com-cancel'), 'junction')
  const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(path.join(folder, file)).href)
  ipc = await load('ipc.mjs')
  const { startOperations } = await load('operations.mjs')
  program = await startOperations()
  ipc.listen({
    ipcMain,
    isTrusted: (frame: { url: string }) => frame.url === 'page',
    handle: (request: unknown, port: PortMain) => {
      served = ipc.serve(program.operations, request, port)
    },
  })
})

afterAll(async () => {
  await program.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What preload.cjs does for a page. */
const start = (operation: unknown, args: unknown, url = 'page') => {
  const { port1, port2 } = new MessageChannel()
  const outcome = new Promise<Outcome | 'closed'>(resolve => {
    port1.on('message', message => {
      resolve(message)
      port1.close()
    })
    port1.on('close', () => resolve('closed'))
  })
  ipcMain.emit('com', { ports: [new PortMain(port2)], senderFrame: { url } }, { operation, args })
  return {
    outcome: soon('the call is answered', outcome),
    cancel: () => port1.postMessage('cancel'),
    close: () => port1.close(),
  }
}

const errorOf = async ({ outcome }: { outcome: Promise<Outcome | 'closed'> }): Promise<Error> =>
  deserializeError(((await outcome) as Outcome).error)

describe('examples/electron', () => {
  it('a page gets the value of its call', async () => {
    expect(await start('popup', ['hello', 1]).outcome).toEqual({ value: -1 })
  })

  it('the button cancels a long call, while the main process runs on', async () => {
    const call = start('popup', ['hello', 600])
    let turns = 0
    await until('the main process has run', () => ++turns > 20)
    call.cancel()
    expect(await errorOf(call)).toMatchObject({
      name: 'AbortError',
      code: 'ABORT_ERR',
      reason: 'signal',
      hresult: HResult.RPC_E_CALL_CANCELED,
      message: expect.stringContaining('the user has canceled'),
    })
  })

  it('a failure keeps its code and what the server reports', async () => {
    expect(await errorOf(start('readRegistry', ['HKNO\\Nothing']))).toMatchObject({
      name: 'ComError',
      code: '0x80070002',
      hresult: 0x80070002 | 0,
      source: 'WshShell.RegRead',
    })
  })

  it('a page that is closed cancels its call', async () => {
    const call = start('popup', ['hello', 600])
    call.close()
    await soon('the call has ended', served)
    expect(await start('popup', ['next', 1]).outcome).toEqual({ value: -1 })
  })

  it.each([
    ['Run', ['calc.exe']],
    ['constructor', []],
    ['__proto__', []],
    [undefined, []],
    ['popup', undefined],
    ['popup', ['hello', 0]],
    ['popup', ['hello', '60']],
    ['popup', ['', 60]],
    ['popup', [{ toString: 'x' }, 60]],
    ['readRegistry', ['x'.repeat(201)]],
  ])('refuses %j with %j', async (operation, args) => {
    expect(await errorOf(start(operation, args))).toBeInstanceOf(TypeError)
  })

  it('gives no answer to a frame that is not its page, nor to a message without a port', async () => {
    expect(await start('popup', ['hello', 1], 'elsewhere').outcome).toBe('closed')
    ipcMain.emit('com', { ports: [], senderFrame: { url: 'page' } }, { operation: 'popup', args: [] })
  })

  it('its page is sandboxed, isolated, and runs no script but its own', () => {
    const read = (file: string) => readFileSync(path.join(example, file), 'utf8')
    expect(read('main.mjs')).toMatch(/contextIsolation: true,\s+nodeIntegration: false,\s+sandbox: true/)
    expect(read('index.html')).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(read('index.html')).not.toMatch(/https?:|<script>|\son\w+=/)
    // The bridge gives functions of their own, never ipcRenderer.
    expect(read('preload.cjs').match(/require\([^)]*\)/g)).toEqual(["require('electron')"])
  })
})
