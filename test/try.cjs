const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')
const c = require('../dist/index.js')
if (isMainThread) {
  (async () => {
    console.log(c.diagnostics())
    for (const kind of ['thread', 'sync']) {
    const t0 = performance.now()
    for (let i = 0; i < 20; i++) {
      const w = new Worker(__filename, { workerData: kind })
      await new Promise(r => w.once('message', r))
      const t1 = performance.now()
      await w.terminate()
      if (i == 19) console.log(kind, 'terminate', (performance.now() - t1).toFixed(1))
    }
    console.log(((performance.now() - t0)/20).toFixed(1), c.diagnostics())
    }
    // cancel across workers
    const w = new Worker(__filename, { workerData: 'answer' })
    const [id] = await new Promise(r => w.once('message', m => r([m])))
    await new Promise(r => setTimeout(r, 50))
    console.log('cancel', await c.cancelCall(id))
    console.log(await new Promise(r => w.once('message', r)))
    await new Promise(r => w.once('exit', r))
    console.log(c.diagnostics())
    const t = await c.ComThread.start()
    t.wait(100000)
    new Worker(__filename, { workerData: 'sync' })
    setTimeout(() => process.exit(5), 300)
  })()
} else {
  if (workerData === 'thread') {
    c.ComThread.start().then(t => { t.wait(60000); parentPort.postMessage('up') })
  } else {
    c.coEnableCallCancellation()
    parentPort.postMessage(c.getCurrentThreadId())
    parentPort.postMessage(c.raw.wait(60000))
  }
}
