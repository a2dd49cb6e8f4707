// The page: starts a call, cancels it, and shows what came of it. It has no access to Node.js or Electron.
const find = id => document.getElementById(id)
let running

const show = text => {
  find('outcome').textContent = text
}

/** One call at a time. */
const enable = calling => {
  find('cancel').disabled = !calling
  for (const id of ['popup', 'registry']) find(id).disabled = calling
}

const describe = ({ value, error }) => {
  if (!error) return `returned ${JSON.stringify(value)}`
  const { name, code, reason, hresult, message } = error
  const number = hresult === undefined ? '' : ` 0x${(hresult >>> 0).toString(16)}`
  return `${name} ${code ?? ''}${number}${reason ? `, reason ${reason}` : ''}\n${message}`
}

const run = async call => {
  running = call
  enable(true)
  show('the call is running …')
  const started = performance.now()
  const outcome = await call.result
  enable(false)
  show(`${describe(outcome)}\nafter ${Math.round(performance.now() - started)} ms`)
}

find('popup').addEventListener('click', () =>
  run(window.com.popup('This dialog stays open for a minute.', 60)),
)
find('registry').addEventListener('click', () => run(window.com.readRegistry('HKNO\\Nothing')))
find('cancel').addEventListener('click', () => running.cancel())

let frames = 0
const count = () => {
  find('frames').textContent = String(++frames)
  requestAnimationFrame(count)
}
count()
