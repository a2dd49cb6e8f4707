// Publishes the events of a binding: the calls to it and their results.
import type {
  Binding,
  BindingThread,
  CallKey,
  CallOutcome,
  Cancellation,
  HRESULT,
  Implementation,
  JobId,
  JobOptions,
  Returned,
  ThreadId,
} from '../../../binding'
import { cancelRequested } from './cancel-request'
import { channels } from './channels'
import { type Subject, subjectOf } from './event'
import { Publisher, publishAs } from './publisher'

const enabled = channels['cancellation:enabled']
const disabled = channels['cancellation:disabled']
const timeoutStarted = channels['timeout:started']
const timeoutStopped = channels['timeout:stopped']

/**
 * Wraps a binding so that it publishes events. Handles and pointers pass through unchanged, so that the
 * binding recognizes them. Without subscribers no event is made.
 */
export const observed = (inner: Binding, publisher = new Publisher(inner.info.kind)): Binding => {
  const me = () => inner.getCurrentThreadId()
  const jobs = new Map<JobId, ThreadId>()
  const incoming = new Map<CallKey, ThreadId>()

  // These closures hold the id of a thread, never the thread: a thread that is collected has to end.
  const observedImplementation = (threadId: ThreadId, implementation: Implementation): Implementation => ({
    ...implementation,
    invoke: call => {
      const { key, dispid, kind } = call
      incoming.set(key, call.threadId)
      publisher.publish('incoming:received', call.threadId, () => ({ key, dispid, kind }))
      implementation.invoke(call)
    },
    canceled: key => {
      publisher.publish('incoming:canceled', incoming.get(key) ?? threadId, () => ({ key }))
      implementation.canceled(key)
    },
  })

  const observedThread = (thread: BindingThread): BindingThread => {
    const threadId = thread.id
    const implemented = new WeakMap<Implementation, Implementation>()
    let closing = false

    /** Queues a job; `ended` takes its result. */
    const queue = (
      subject: Subject,
      limits: JobOptions | undefined,
      add: (
        ended: (hresult: HRESULT, cancellation?: Cancellation) => void,
        limits: JobOptions | undefined,
      ) => JobId,
    ): JobId => {
      let timedOut = false
      /** The binding reports a timeout no earlier than the end of the job or of its grace period. */
      const canceled = ({ by, started }: Cancellation) => {
        if (timedOut || (by !== 'timeout' && by !== 'queueTimeout')) return
        timedOut = true
        publisher.publish('job:canceled', threadId, () => ({ job, from: threadId, by }))
        if (!started) publisher.publish('job:withdrawn', threadId, () => ({ job }))
      }
      const { overdue } = limits ?? {}
      const observed = overdue && {
        ...limits,
        overdue: (cancellation: Cancellation) => {
          canceled(cancellation)
          overdue(cancellation)
        },
      }
      const job: JobId = add((hresult, cancellation) => {
        jobs.delete(job)
        if (cancellation) canceled(cancellation)
        publisher.publish('job:ended', threadId, () => ({ job, hresult }))
      }, observed ?? limits)
      jobs.set(job, threadId)
      publisher.publish('job:queued', threadId, () => ({ job, ...subject, from: me() }))
      return job
    }
    const queueCall = (
      subject: Subject,
      done: Returned,
      limits: JobOptions | undefined,
      add: (done: Returned, limits: JobOptions | undefined) => JobId,
    ): JobId =>
      queue(subject, limits, (ended, observed) =>
        add((outcome: CallOutcome, cancellation) => {
          ended(outcome.hresult, cancellation)
          done(outcome, cancellation)
        }, observed),
      )

    return {
      id: threadId,
      wait: (options, done, limits) =>
        queue({ operation: 'wait', name: 'wait' }, limits, (ended, observed) =>
          thread.wait(
            options,
            (hresult, cancellation) => {
              ended(hresult, cancellation)
              done(hresult, cancellation)
            },
            observed,
          ),
        ),
      activate: (activation, done, limits) =>
        queueCall({ operation: 'activate', name: activation.name }, done, limits, (each, observed) =>
          thread.activate(activation, each, observed),
        ),
      ask: (object, operation, done, limits) =>
        queueCall(subjectOf(operation), done, limits, (each, observed) =>
          thread.ask(object, operation, each, observed),
        ),
      adopt: (object, done, limits) =>
        queueCall({ operation: 'adopt', name: 'adopt' }, done, limits, (each, observed) =>
          thread.adopt(object, each, observed),
        ),
      setProxyBlanket: (object, blanket, done, limits) =>
        queueCall({ operation: 'setProxyBlanket', name: 'setProxyBlanket' }, done, limits, (each, observed) =>
          thread.setProxyBlanket(object, blanket, each, observed),
        ),
      implement: implementation => {
        const known = implemented.get(implementation) ?? observedImplementation(threadId, implementation)
        implemented.set(implementation, known)
        return thread.implement(known)
      },
      cancel: (seconds, done) => {
        const returned = cancelRequested(publisher, me, 'ComThread.cancel', threadId, seconds)
        thread.cancel(seconds, hresult => done(returned(hresult)))
      },
      close: (done, overdue) => {
        if (closing) return thread.close(done, overdue)
        closing = true
        publisher.publish('thread:closing', threadId, () => ({ from: me() }))
        thread.close(() => {
          publisher.publish('thread:ended', threadId, () => ({}))
          done()
        }, overdue)
      },
    }
  }

  const binding: Binding = {
    ...inner,
    coInitializeEx: coInit => {
      const hresult = inner.coInitializeEx(coInit)
      publisher.publish('apartment:entered', me, () => ({ hresult, coInit }))
      return hresult
    },
    coUninitialize: () => {
      const hresult = inner.coUninitialize()
      publisher.publish('apartment:left', me, () => ({ hresult }))
      return hresult
    },
    coEnableCallCancellation: reserved => {
      const hresult = reserved ? inner.coEnableCallCancellation(reserved) : inner.coEnableCallCancellation()
      if (enabled.hasSubscribers) publisher.publish('cancellation:enabled', me, () => ({ hresult }))
      return hresult
    },
    coDisableCallCancellation: reserved => {
      const hresult = reserved ? inner.coDisableCallCancellation(reserved) : inner.coDisableCallCancellation()
      if (disabled.hasSubscribers) publisher.publish('cancellation:disabled', me, () => ({ hresult }))
      return hresult
    },
    coSetCancelObject: object => {
      const hresult = inner.coSetCancelObject(object)
      publisher.publish(object ? 'cancel-object:set' : 'cancel-object:unset', me, () => ({ hresult }))
      return hresult
    },
    coCancelCall: (threadId, seconds) => {
      const returned = cancelRequested(publisher, me, 'CoCancelCall', threadId, seconds)
      return returned(inner.coCancelCall(threadId, seconds))
    },
    coSwitchCallContext: context => {
      const result = inner.coSwitchCallContext(context)
      const { hresult } = result
      publisher.publish('context:switched', me, () => ({ hresult, to: context ? 'context' : 'none' }))
      return result
    },
    wait: options => {
      publisher.publish('wait:began', me, () => ({ ms: options.ms, cancelable: options.cancelable }))
      const hresult = inner.wait(options)
      publisher.publish('wait:ended', me, () => ({ hresult }))
      return hresult
    },
    startTimeout: (ms, repeat) => {
      const timeout = inner.startTimeout(ms, repeat)
      if (timeoutStarted.hasSubscribers)
        publisher.publish('timeout:started', me, () => ({ timeout, ms, repeat }))
      return timeout
    },
    stopTimeout: timeout => {
      const canceled = inner.stopTimeout(timeout)
      if (timeoutStopped.hasSubscribers)
        publisher.publish('timeout:stopped', me, () => ({ timeout, canceled }))
      return canceled
    },
    startWatchdog: options => {
      const { threshold, interval } = options
      const watchdog = inner.startWatchdog({
        ...options,
        recovered: freeze => {
          const { lasted, canceled, refused } = freeze
          publisher.publish('watchdog:recovered', me, () => ({ watchdog, lasted, canceled, refused }))
          options.recovered(freeze)
        },
      })
      publisher.publish('watchdog:started', me, () => ({ watchdog, threshold, interval }))
      return watchdog
    },
    stopWatchdog: watchdog => {
      inner.stopWatchdog(watchdog)
      publisher.publish('watchdog:stopped', me, () => ({ watchdog }))
    },
    reply: (key, reply) => {
      const threadId = incoming.get(key)
      incoming.delete(key)
      if (threadId !== undefined)
        publisher.publish('incoming:replied', threadId, () => ({ key, hresult: reply.hresult }))
      inner.reply(key, reply)
    },
    cancelCall: (threadId, seconds, done) => {
      const returned = cancelRequested(publisher, me, 'cancelCall', threadId, seconds)
      inner.cancelCall(threadId, seconds, hresult => done(returned(hresult)))
    },
    startThread: (options, done) => {
      let threadId = 0
      const thread = inner.startThread(options, hresult => {
        publisher.publish('thread:entered', threadId, () => ({ hresult }))
        done(hresult)
      })
      threadId = thread.id
      publisher.publish('thread:started', threadId, () => ({
        from: me(),
        apartment: options.apartment,
        callCancellation: options.callCancellation,
      }))
      return observedThread(thread)
    },
    startHost: (architecture, done, ended) => {
      const threadId = me()
      let pid: number | null = null
      inner.startHost(
        architecture,
        start => {
          pid = start.host?.pid ?? null
          publisher.publish('host:started', threadId, () => ({ hresult: start.hresult, pid, architecture }))
          done(start)
        },
        end => {
          const { exitCode, by } = end
          publisher.publish('host:ended', threadId, () => ({ pid: pid ?? 0, exitCode, by }))
          ended(end)
        },
      )
    },
    cancelJob: job => {
      const threadId = jobs.get(job)
      if (threadId !== undefined)
        publisher.publish('job:canceled', threadId, () => ({ job, from: me(), by: 'cancel' }))
      const queued = inner.cancelJob(job)
      if (queued && threadId !== undefined) publisher.publish('job:withdrawn', threadId, () => ({ job }))
      return queued
    },
  }
  publishAs(binding, publisher)
  return binding
}
