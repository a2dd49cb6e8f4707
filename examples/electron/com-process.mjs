// The utility process, in which COM runs when the program is started with --utility-process.
import { serve } from './ipc.mjs'
import { startOperations } from './operations.mjs'

// Messages wait until there is a listener.
const { operations, close } = await startOperations()

process.parentPort.on('message', async ({ data, ports: [port] }) => {
  if (data !== 'close') return serve(operations, data, port)
  await close()
  process.exit()
})
