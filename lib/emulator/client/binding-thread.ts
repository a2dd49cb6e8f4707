// A ComThread as its starter holds it: what it asks for, as jobs of the thread.
import type {
  Activation,
  BindingPointer,
  BindingThread,
  CallOutcome,
  Done,
  HRESULT,
  Implementation,
  JobId,
  Operation,
  Returned,
  Seconds,
  ThreadId,
  ThreadOptions,
  WaitOptions,
} from '../../../binding'
import { HResult } from '../../errors/hresult'
import { subjectOf } from '../../events/publish/event'
import { marshalInvocation } from '../calls/marshal'
import { makeCall } from '../calls/outgoing-call'
import { type Reply, refusal, success, unmarshalReply } from '../calls/reply'
import { describeAsked } from '../calls/request'
import type { Request, ServedCall } from '../calls/served-call'
import type { Target } from '../calls/target'
import type { Milliseconds } from '../clock/clock'
import type { System } from '../threads/system'
import { adopt } from './adopt'
import { RETRY_INTERVAL, RetryPause } from './busy-retry'
import type { Com } from './com'
import { JobThread } from './com-thread'
import { ImplementationObject } from './implementation-object'
import type { JobWork, RunningJob } from './job'
import { handleFor, PointerHandle, unmarshalFor } from './pointer-handle'
import { beginWait, WaitFrame } from './wait-call'

const forgotten = new FinalizationRegistry<JobThread>(thread => thread.retire())

const busy: readonly HRESULT[] = [HResult.RPC_E_CALL_REJECTED, HResult.RPC_E_SERVERCALL_RETRYLATER]

/** What is asked of an object, and how. */
interface Ask {
  readonly asked: Request['asked']
  of(target: Target, call: ServedCall): Reply | Promise<Reply>
}

/** Nothing that goes on in the thread holds it. */
class EmulatedBindingThread implements BindingThread {
  readonly #com: Com
  readonly #thread: JobThread

  constructor(com: Com, thread: JobThread) {
    this.#com = com
    this.#thread = thread
    forgotten.register(this, thread)
  }

  get id(): ThreadId {
    return this.#thread.id
  }

  wait(options: WaitOptions, done: Done): JobId {
    const { system } = this.#com
    return this.#thread.queue<HRESULT>({
      begin: ({ stack, startedAt, end }) => {
        const call = beginWait(system, stack.thread, stack, startedAt, options)
        if (typeof call === 'number') end(call)
        else stack.push(new WaitFrame(call, end))
      },
      refused: hresult => hresult,
      done,
      describe: () => `a wait of ${options.ms} ms`,
    })
  }

  activate(activation: Activation, done: Returned): JobId {
    const { system, classes } = this.#com
    return this.#thread.queue(
      this.#work(`the activation of ${activation.name}`, done, run => {
        const request = classes.find(activation, run.stack.apartment)
        if (typeof request === 'number') run.end(refusal(request))
        else
          makeCall(system, run.stack, request, run.startedAt, (reply, released) =>
            // A canceled activation is a success without an object (C13).
            run.end(released ? success() : reply),
          )
      }),
    )
  }

  ask(object: BindingPointer, operation: Operation, done: Returned): JobId {
    const asked = subjectOf(operation)
    switch (operation.kind) {
      case 'look-up':
        return this.#ask(object, { asked, of: (target, call) => target.lookUp(operation.member, call) }, done)
      case 'next':
        return this.#ask(object, { asked, of: (target, call) => target.next(call, operation.count) }, done)
      case 'events':
        return this.#ask(object, { asked, of: (target, call) => target.eventsOf(operation.iid, call) }, done)
      case 'advise': {
        const { iid, sink } = operation
        const marshaled = PointerHandle.from(sink, this.#thread.apartment)
        if (typeof marshaled === 'number') return this.#refuse(refusal(marshaled), done)
        const ask: Ask = { asked, of: (target, call) => target.advise(iid, marshaled, call) }
        return this.#ask(object, ask, done, () => marshaled.release())
      }
      case 'unadvise': {
        const { iid, cookie } = operation
        return this.#ask(object, { asked, of: (target, call) => target.unadvise(iid, cookie, call) }, done)
      }
      default: {
        const depart = PointerHandle.departing(this.#thread.apartment)
        const under = marshalInvocation(operation, depart)
        if (!('invocation' in under)) return this.#refuse(refusal(under.hresult, under.argument), done)
        const ask: Ask = { asked, of: (target, call) => target.invoke(call, under.invocation) }
        return this.#ask(object, ask, done, under.release)
      }
    }
  }

  adopt(object: BindingPointer, done: Returned): JobId {
    const com = this.#com
    const thread = this.#thread
    const marshaled = PointerHandle.from(object, null)
    if (typeof marshaled === 'number') return this.#refuse(refusal(marshaled), done)
    const home = PointerHandle.homeOf(object)
    const what = `the adoption of ${marshaled.target.kind}`
    const begin = (run: RunningJob<Reply>) => adopt(com, thread, home, marshaled, run)
    return thread.queue(this.#work(what, done, begin, () => marshaled.release()))
  }

  implement(implementation: Implementation): BindingPointer {
    const { system, client, unanswered } = this.#com
    const home = this.#thread
    const object = new ImplementationObject({ system, host: client.host, home, unanswered, implementation })
    return handleFor(home, object, system.live)
  }

  cancel(seconds: Seconds, done: Done): void {
    this.#thread.cancel(seconds, done)
  }

  close(done: () => void): void {
    this.#thread.close(done)
  }

  /** A call to an object of this thread. `over` gives back what only the call needed. */
  #ask(object: BindingPointer, ask: Ask, done: Returned, over: () => void = () => {}): JobId {
    const { system } = this.#com
    const marshaled = PointerHandle.from(object, this.#thread.apartment)
    if (typeof marshaled === 'number') {
      over()
      return this.#thread.queue(immediate(refusal(marshaled), done))
    }
    const released = () => {
      marshaled.release()
      over()
    }
    const { busyRetry } = this.#thread
    const { target } = marshaled
    return this.#thread.queue<Reply>({
      begin: run => askWhileBusy(system, run, target, ask, busyRetry, released),
      describe: () => describeAsked(ask.asked, target.kind),
      refused: hresult => {
        released()
        return refusal(hresult)
      },
      done: this.#landed(done),
    })
  }

  #refuse(reply: Reply, done: Returned): JobId {
    return this.#thread.queue(immediate(reply, done))
  }

  #work(
    what: string,
    done: Returned,
    begin: (run: RunningJob<Reply>) => void,
    over = () => {},
  ): JobWork<Reply> {
    return {
      describe: () => what,
      begin,
      refused: hresult => {
        over()
        return refusal(hresult)
      },
      done: this.#landed(done),
    }
  }

  /** Brings the reply's pointers home, and tells. */
  #landed(done: (outcome: CallOutcome) => void): (reply: Reply) => void {
    const { live } = this.#com.system
    const home = this.#thread
    return reply => done(unmarshalReply(reply, unmarshalFor(home, live)))
  }
}

/**
 * A server that turns a call away has not carried it out: it is asked again, where the message filter has not
 * done so for long enough, until the job is given up. `over` is called when nobody needs the arguments any more.
 */
const askWhileBusy = (
  system: System,
  run: RunningJob<Reply>,
  target: Target,
  ask: Ask,
  busyRetry: Milliseconds,
  over: () => void,
): void => {
  let users = 1
  const drop = () => {
    if (--users === 0) over()
  }
  const end = (reply: Reply) => {
    drop()
    run.end(reply)
  }
  const attempt = (startedAt: Milliseconds): void => {
    users++
    const request: Request = {
      at: target,
      target,
      asked: ask.asked,
      perform: call => ask.of(target, call),
      over: drop,
    }
    makeCall(system, run.stack, request, startedAt, reply => {
      const left = run.startedAt + busyRetry - system.clock.now()
      if (!busy.includes(reply.hresult) || run.canceled || left <= 0) end(reply)
      else {
        const pause = new RetryPause(system, run, Math.min(RETRY_INTERVAL, left), canceled => {
          if (canceled) end(reply)
          else attempt(system.clock.now())
        })
        run.stack.push(pause)
      }
    })
  }
  attempt(run.startedAt)
}

/** What was never going to reach an object. */
const immediate = (reply: Reply, done: (reply: Reply) => void): JobWork<Reply> => ({
  describe: () => 'a call that is refused',
  begin: run => run.end(reply),
  refused: refusal,
  done,
})

export const startComThread = (com: Com, options: ThreadOptions, done: Done): BindingThread =>
  new EmulatedBindingThread(com, new JobThread(com, options, done))
