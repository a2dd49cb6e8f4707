// A binding that publishes what goes over its boundary, and is otherwise the binding it was made of.
import type { Binding, CallKey, HRESULT, JobId, ThreadId } from '../../../binding'
import { cancelRequested } from './cancel-request'
import { channels } from './channels'
import { type Known, ObservedThread } from './observed-thread'
import { Publisher, publishAs } from './publisher'

const enabled = channels['cancellation:enabled']
const disabled = channels['cancellation:disabled']

/**
 * Handles and pointers pass as they are, so that the binding knows them again; threads are its own ones with a
 * cover. Where nobody listens the functions that cost next to nothing do no more than look.
 */
export const observed = (inner: Binding, publisher = new Publisher(inner.info.kind)): Binding => {
  const me = () => inner.getCurrentThreadId()
  const known: Known = { jobs: new Map<JobId, ThreadId>(), incoming: new Map<CallKey, ThreadId>() }
  const returned = (type: 'cancellation:enabled' | 'cancellation:disabled', hresult: HRESULT): HRESULT => {
    publisher.publish(type, me, () => ({ hresult }))
    return hresult
  }

  const binding: Binding = {
    info: inner.info,

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
      const hresult = inner.coEnableCallCancellation(reserved)
      return enabled.hasSubscribers ? returned('cancellation:enabled', hresult) : hresult
    },
    coDisableCallCancellation: reserved => {
      const hresult = inner.coDisableCallCancellation(reserved)
      return disabled.hasSubscribers ? returned('cancellation:disabled', hresult) : hresult
    },

    coSetCancelObject: object => {
      const hresult = inner.coSetCancelObject(object)
      publisher.publish(object ? 'cancel-object:set' : 'cancel-object:unset', me, () => ({ hresult }))
      return hresult
    },
    coGetCancelObject: inner.coGetCancelObject,
    coCancelCall: (threadId, seconds) => {
      const returned = cancelRequested(publisher, me, 'CoCancelCall', threadId, seconds)
      return returned(inner.coCancelCall(threadId, seconds))
    },
    coTestCancel: inner.coTestCancel,
    coGetCallContext: inner.coGetCallContext,
    coSwitchCallContext: context => {
      const result = inner.coSwitchCallContext(context)
      const { hresult } = result
      publisher.publish('context:switched', me, () => ({ hresult, to: context ? 'context' : 'none' }))
      return result
    },
    getCurrentThreadId: inner.getCurrentThreadId,
    wait: options => {
      publisher.publish('wait:began', me, () => ({ ms: options.ms, cancelable: options.cancelable }))
      const hresult = inner.wait(options)
      publisher.publish('wait:ended', me, () => ({ hresult }))
      return hresult
    },

    createCancelObject: inner.createCancelObject,
    createUnknown: inner.createUnknown,
    reply: (key, reply) => {
      const threadId = known.incoming.get(key)
      known.incoming.delete(key)
      if (threadId !== undefined)
        publisher.publish('incoming:replied', threadId, () => ({ key, hresult: reply.hresult }))
      inner.reply(key, reply)
    },
    testIncoming: inner.testIncoming,

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
      return new ObservedThread(thread, publisher, me, known)
    },
    ...(inner.after && { after: inner.after }),
    cancelJob: job => {
      const threadId = known.jobs.get(job)
      if (threadId !== undefined) publisher.publish('job:canceled', threadId, () => ({ job, from: me() }))
      const queued = inner.cancelJob(job)
      if (queued && threadId !== undefined) publisher.publish('job:withdrawn', threadId, () => ({ job }))
      return queued
    },

    diagnostics: inner.diagnostics,
  }
  publishAs(binding, publisher)
  return binding
}
