// What the page gets: two functions. Each returns the result of its call as a promise, and a function that cancels it.
// A sandboxed preload script can load nothing but Electron, and the page gets no ipcRenderer.
const { contextBridge, ipcRenderer } = require('electron')

/** `result` never rejects, because the bridge keeps only the message of an error: it is { value } or { error }. */
const start = (operation, args) => {
  const { port1, port2 } = new MessageChannel()
  const result = new Promise(resolve => {
    const end = outcome => {
      resolve(outcome)
      port1.close()
    }
    port1.onmessage = ({ data }) => end(data)
    port1.addEventListener('close', () =>
      end({ error: { name: 'Error', message: 'the process that made the call has ended' } }),
    )
  })
  ipcRenderer.postMessage('com', { operation, args }, [port2])
  return { result, cancel: () => port1.postMessage('cancel') }
}

contextBridge.exposeInMainWorld('com', {
  popup: (message, seconds) => start('popup', [message, seconds]),
  readRegistry: name => start('readRegistry', [name]),
})
