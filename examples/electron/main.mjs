// The main process. COM runs in it, on a thread of its own; with --utility-process it runs in a process of its own.
import { fileURLToPath } from 'node:url'
import { app, BrowserWindow, ipcMain, session, utilityProcess } from 'electron'
import { listen, serve } from './ipc.mjs'
import { startOperations } from './operations.mjs'

const page = new URL('index.html', import.meta.url)
const pathOf = file => fileURLToPath(new URL(file, import.meta.url))

const inThisProcess = async () => {
  const { operations, close } = await startOperations()
  return { handle: (request, port) => serve(operations, request, port), close }
}

/** A crash of a COM library ends the utility process alone: its ports close, and the page shows an error. */
const inUtilityProcess = () => {
  const child = utilityProcess.fork(pathOf('com-process.mjs'))
  const ended = new Promise(resolve => child.once('exit', resolve))
  return {
    handle: (request, port) => child.postMessage(request, [port]),
    close: () => {
      child.postMessage('close')
      return ended
    },
  }
}

const openWindow = async () => {
  const window = new BrowserWindow({
    width: 560,
    height: 420,
    webPreferences: {
      preload: pathOf('preload.cjs'),
      contextIsolation: true,
      nodeIntegration: false,
      sandbox: true,
    },
  })
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  window.webContents.on('will-navigate', event => event.preventDefault())
  await window.loadURL(page.href)
}

const start = async () => {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  const com = process.argv.includes('--utility-process') ? inUtilityProcess() : await inThisProcess()
  // An iframe, or another page that was loaded by mistake, must not reach COM.
  const isTrusted = frame => frame?.url === page.href && frame.parent === null
  listen({ ipcMain, isTrusted, handle: com.handle })
  await openWindow()
  return com
}

// Not a top-level await: Electron is not ready before this module has been evaluated.
const started = app.whenReady().then(start)
started.catch(error => {
  console.error(error)
  app.exit(1)
})

app.on('window-all-closed', () => app.quit())
let closed = false
app.on('will-quit', async event => {
  if (closed) return
  // The thread cancels its calls, releases its objects and leaves its apartment before the program ends.
  event.preventDefault()
  closed = true
  const com = await started
  await com.close()
  app.quit()
})
