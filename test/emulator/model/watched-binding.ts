// A binding that checks callbacks: each is called once, and not within the function that took it.
import type { Binding, BindingThread } from '../../../binding'

export interface Watched {
  readonly binding: Binding
  /** Callbacks that are still owed. */
  readonly owed: number
}

/** `started` is called when a host process has started, `closed` when one has ended because it was closed. */
export const watched = (
  binding: Binding,
  violated: (what: string) => void,
  started: (pid: number) => void,
  closed: (pid: number) => void,
): Watched => {
  let owed = 0
  const once = <Args extends unknown[], T>(
    what: string,
    done: (...args: Args) => void,
    act: (done: (...args: Args) => void) => T,
  ): T => {
    let [inside, calls] = [true, 0]
    owed++
    const result = act((...args) => {
      if (inside) violated(`${what} called back from inside`)
      if (++calls > 1) violated(`${what} called back ${calls} times`)
      else owed--
      done(...args)
    })
    inside = false
    return result
  }
  const threadOf = (thread: BindingThread): BindingThread => ({
    id: thread.id,
    wait: (options, done, limits) => once('wait', done, each => thread.wait(options, each, limits)),
    activate: (activation, done, limits) =>
      once('activate', done, each => thread.activate(activation, each, limits)),
    ask: (object, operation, done, limits) =>
      once(operation.kind, done, each => thread.ask(object, operation, each, limits)),
    adopt: (object, done, limits) => once('adopt', done, each => thread.adopt(object, each, limits)),
    setProxyBlanket: (object, blanket, done, limits) =>
      once('setProxyBlanket', done, each => thread.setProxyBlanket(object, blanket, each, limits)),
    implement: implementation => thread.implement(implementation),
    cancel: (seconds, done) => once('cancel', done, each => thread.cancel(seconds, each)),
    close: (done, overdue) => once('close', done, each => thread.close(each, overdue)),
  })
  return {
    get owed() {
      return owed
    },
    binding: {
      ...binding,
      startThread: (options, done) =>
        threadOf(once('startThread', done, each => binding.startThread(options, each))),
      startHost: (architecture, done, ended) => {
        // A process that was started has to end.
        let pid: number | undefined
        once('startHost', done, each =>
          binding.startHost(
            architecture,
            start => {
              pid = start.host?.pid
              if (pid !== undefined) {
                owed++
                started(pid)
              }
              each(start)
            },
            end => {
              if (pid === undefined) violated('the end of a host process that does not run')
              else {
                owed--
                if (end.by === 'close') closed(pid)
              }
              pid = undefined
              ended(end)
            },
          ),
        )
      },
      cancelCall: (id, seconds, done) =>
        once('cancelCall', done, each => binding.cancelCall(id, seconds, each)),
    },
  }
}
