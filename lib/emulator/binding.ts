// The emulated system as a Binding: COM's functions on the calling thread.
import type {
  Binding,
  BindingInfo,
  BindingObject,
  ObjectResult,
  ThreadId,
  TimeoutId,
  WatchdogId,
} from '../../binding'
import { HResult, IID_ICancelMethodCalls } from '../errors/hresult'
import {
  cancelBlocking,
  cancelInBackground,
  setCancelObject,
  withCancelObject,
} from './cancel/cancel-operations'
import { handleOn, handleTaking, makeCancelObject, ObjectHandle } from './cancel/object-handle'
import { startComThread } from './client/binding-thread'
import { CallTimeout } from './client/call-timeout'
import type { Com } from './client/com'
import { startHost } from './client/host-handle'
import { beginWait, endWait } from './client/wait-call'
import { Watchdog } from './client/watchdog'
import { CountedObject } from './objects/counted-object'
import { OWN_ARCHITECTURE } from './servers/class-definition'
import { NO_DRIVER } from './threads/thread'

const emulatorInfo: BindingInfo = {
  kind: 'emulator',
  host: 'emulator',
  architecture: OWN_ARCHITECTURE,
  entryPoints: {
    CoInitializeEx: 'emulator',
    CoUninitialize: 'emulator',
    CoEnableCallCancellation: 'emulator',
    CoDisableCallCancellation: 'emulator',
    CoSetCancelObject: 'emulator',
    CoGetCancelObject: 'emulator',
    CoCancelCall: 'emulator',
    CoTestCancel: 'emulator',
    CoGetCallContext: 'emulator',
    CoSwitchCallContext: 'emulator',
    GetCurrentThreadId: 'emulator',
  },
  capabilities: {
    realThreads: 'emulated threads share one JavaScript thread: their calls take time without blocking it',
    cancelAcrossWorkers: 'only Emulator.shared is one COM with the emulators of other worker threads',
    blockCancelOperations: true,
  },
}

const sharedComInfo: BindingInfo = {
  ...emulatorInfo,
  capabilities: { ...emulatorInfo.capabilities, cancelAcrossWorkers: true },
}

export const bindingOf = (com: Com): Binding => {
  const { system, jobs, unanswered, classes } = com
  const { live, clock, threads } = system

  const query = (object: CountedObject | null | undefined, iid: string, threadId: ThreadId): ObjectResult => {
    const hresult = object ? object.queryInterface(iid) : HResult.E_NOINTERFACE
    return {
      hresult,
      object: object && hresult === HResult.S_OK ? handleOn(system, object, threadId) : null,
    }
  }

  const timeouts = new Map<TimeoutId, CallTimeout>()
  const watchdogs = new Map<WatchdogId, Watchdog>()
  let lastId = 0

  return {
    info: system.sharing ? sharedComInfo : emulatorInfo,

    coInitializeEx: coInit => threads.current.initialize(coInit),
    coUninitialize: () => threads.current.uninitialize(),

    coEnableCallCancellation: reserved =>
      reserved ? HResult.E_INVALIDARG : threads.current.enableCancellation(),
    coDisableCallCancellation: reserved =>
      reserved ? HResult.E_INVALIDARG : threads.current.disableCancellation(),

    coSetCancelObject: handle => {
      const thread = threads.current
      if (!handle) return setCancelObject(system, thread, null)
      const object = ObjectHandle.objectOf(handle)
      if (!object) return HResult.RPC_E_DISCONNECTED
      if (handle.threadId !== thread.id) return HResult.RPC_E_WRONG_THREAD
      return setCancelObject(system, thread, object)
    },

    coGetCancelObject: (threadId, iid) => {
      const id = threadId === 0 ? threads.current.id : threadId
      return withCancelObject(system, id, object => query(object, iid, id))
    },

    coCancelCall: (threadId, seconds) =>
      withCancelObject(system, threadId, object =>
        cancelBlocking(system, object, seconds, threads.current.id),
      ),

    coTestCancel: () => {
      const context = threads.current.context
      if (!context) return HResult.RPC_E_CALL_COMPLETE
      const hr = context.queryInterface(IID_ICancelMethodCalls)
      return context.cancelMethods?.testCancel() ?? hr
    },

    coGetCallContext: iid => {
      const { context, id } = threads.current
      return context ? query(context, iid, id) : { hresult: HResult.RPC_E_CALL_COMPLETE, object: null }
    },

    coSwitchCallContext: (handle: BindingObject | null) => {
      const context = handle && ObjectHandle.objectOf(handle)
      if (handle && !context) return { hresult: HResult.RPC_E_DISCONNECTED, object: null }
      const before = threads.current.switchContext(context)
      return {
        hresult: HResult.S_OK,
        object: before && handleTaking(system, before, threads.current.id),
      }
    },

    getCurrentThreadId: () => threads.current.id,
    coInitializeSecurity: () => (system.settleSecurity() ? HResult.S_OK : HResult.RPC_E_TOO_LATE),

    wait: options => {
      const call = beginWait(system, threads.current, NO_DRIVER, clock.now(), options)
      if (typeof call === 'number') return call
      system.sleepUntil(() => call.endsAt)
      return endWait(call)
    },

    createCancelObject: options => makeCancelObject(system, options),
    createUnknown: () => handleTaking(system, new CountedObject(live), threads.current.id),
    reply: (call, reply) => unanswered.reply(call, reply),
    testIncoming: call => unanswered.testCancel(call),

    cancelCall: (threadId, seconds, done) => {
      const caller = threads.current
      const id = threadId === 0 ? caller.id : threadId
      // Runs in a later turn, as on a thread of the pool: after earlier requests to other threads.
      clock.soon(() =>
        withCancelObject(system, id, object =>
          cancelInBackground(object, seconds, hr => system.post(caller, () => done(hr))),
        ),
      )
    },

    startTimeout: (ms, repeat) => {
      timeouts.set(++lastId, new CallTimeout(system, threads.current.id, ms, repeat))
      return lastId
    },
    canceledBy: timeout => timeouts.get(timeout)?.canceled ?? 0,
    stopTimeout: timeout => {
      const canceled = timeouts.get(timeout)?.stop() ?? 0
      timeouts.delete(timeout)
      return canceled
    },
    startWatchdog: options => {
      watchdogs.set(++lastId, new Watchdog(system, options))
      return lastId
    },
    suspendWatchdog: (watchdog, suspended) => watchdogs.get(watchdog)?.suspend(suspended),
    stopWatchdog: watchdog => {
      watchdogs.get(watchdog)?.stop()
      watchdogs.delete(watchdog)
    },

    checkDispinterface: () => HResult.S_OK,

    soon: run => clock.soon(run),
    later: (ms, run) => {
      const timer = clock.after(ms, run)
      return () => timer.cancel()
    },
    startThread: (options, done) => startComThread(com, options, done),
    cancelJob: job => jobs.cancel(job),
    startHost: (architecture, done, ended) => startHost(com, architecture, done, ended),
    findClass: name => classes.servers(name),

    diagnostics: () => {
      const { threads, jobs, objects, pointers } = system.sharing?.total ?? live.counts
      return { threads, jobs, objects, pointers, handles: 0 }
    },
  }
}
