// Cancels a call that shows a dialog and never checks for the cancel. For Windows and Wine: WScript.Shell is not
// emulated. It lives in an STA, so a call from an MTA is marshaled and can be canceled.
import { ComThread } from 'com-cancel'

const thread = await ComThread.start({ apartment: 'mta' })
const shell = await thread.createObject('WScript.Shell')
const started = performance.now()
try {
  await shell.call('Popup', ['This dialog stays open for a minute.', 60], {
    signal: AbortSignal.timeout(1000),
  })
} catch (error) {
  const { name, hresult, abandoned } = error
  console.log({ name, hresult, abandoned, ms: Math.round(performance.now() - started) })
}
console.log('the thread is', thread.state)
process.exit() // the dialog would keep the process for the rest of its minute
