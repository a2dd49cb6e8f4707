// The functions of the default binding at each call: that of the async context, or the one that the package has loaded.
import type { Binding } from '../../binding'
import { defaultBinding, usesContext } from './default-binding'
import { type ComFunctions, functionsOf } from './functions'
import type { Raw } from './raw'

/** `loaded`: the binding that the package has loaded. */
export const currentFunctions = (loaded: Binding): ComFunctions => {
  const own = functionsOf(loaded)
  const known = new WeakMap<Binding, ComFunctions>([[loaded, own]])
  const ofContext = (): ComFunctions => {
    const binding = defaultBinding()
    const functions = known.get(binding) ?? functionsOf(binding)
    known.set(binding, functions)
    return functions
  }
  // The check is all that it costs where no program has been bound to an emulator.
  const at = (): ComFunctions => (usesContext() ? ofContext() : own)
  const rawAt = (): Raw => at().raw
  const raw: Raw = {
    coInitializeEx: coInit => rawAt().coInitializeEx(coInit),
    coUninitialize: () => rawAt().coUninitialize(),
    coEnableCallCancellation: reserved => rawAt().coEnableCallCancellation(reserved),
    coDisableCallCancellation: reserved => rawAt().coDisableCallCancellation(reserved),
    coSetCancelObject: object => rawAt().coSetCancelObject(object),
    coGetCancelObject: (threadId, iid) => rawAt().coGetCancelObject(threadId, iid),
    coCancelCall: (threadId, seconds) => rawAt().coCancelCall(threadId, seconds),
    coTestCancel: () => rawAt().coTestCancel(),
    coGetCallContext: iid => rawAt().coGetCallContext(iid),
    coSwitchCallContext: context => rawAt().coSwitchCallContext(context),
    getCurrentThreadId: () => rawAt().getCurrentThreadId(),
    wait: (ms, options) => rawAt().wait(ms, options),
  }
  return {
    raw,
    coInitializeEx: apartment => at().coInitializeEx(apartment),
    coUninitialize: () => at().coUninitialize(),
    coEnableCallCancellation: () => at().coEnableCallCancellation(),
    coDisableCallCancellation: () => at().coDisableCallCancellation(),
    coSetCancelObject: object => at().coSetCancelObject(object),
    coGetCancelObject: (threadId, iid) => at().coGetCancelObject(threadId, iid),
    coCancelCall: (threadId, options) => at().coCancelCall(threadId, options),
    coTestCancel: () => at().coTestCancel(),
    coGetCallContext: iid => at().coGetCallContext(iid),
    coSwitchCallContext: context => at().coSwitchCallContext(context),
    getCurrentThreadId: () => at().getCurrentThreadId(),
    cancelCall: (threadId, options) => at().cancelCall(threadId, options),
    callCancellation: () => at().callCancellation(),
    comTimeout: ((ms: number, ...rest: []) => at().comTimeout(ms, ...rest)) as ComFunctions['comTimeout'],
    watchdog: options => at().watchdog(options),
    initializeSecurity: options => at().initializeSecurity(options),
    wait: (ms, options) => at().wait(ms, options),
  }
}
