// An object that can be called: where it lives, whose it is, and what it answers to the calls of a late-bound client.
import type { InterfaceId, Variant } from '../../../binding'
import { HResult } from '../../errors/hresult'
import type { EmulatedApartment } from '../apartments/apartment'
import type { Host, Place } from '../apartments/host'
import { CountedObject } from '../objects/counted-object'
import type { MarshaledPointer } from './marshaled-pointer'
import { type Reply, refusal } from './reply'
import type { ServedCall } from './served-call'

/** A late-bound call with everything in it copied; its pointers are Transits. */
export interface Invocation {
  member: string | number
  kind: 'call' | 'get' | 'set' | 'set-reference'
  args: Variant[]
  named: { name: string; value: Variant }[]
}

type Answer = Reply | Promise<Reply>

/** By itself it has none of the interfaces. */
export abstract class Target extends CountedObject implements Place {
  abstract readonly apartment: EmulatedApartment
  abstract readonly host: Host

  /** Whether it can be called late bound: a pointer to it is a 'dispatch'. */
  get dispatches(): boolean {
    return false
  }

  /** The interface that it has besides IDispatch, such as an event interface. */
  get iid(): InterfaceId | null {
    return null
  }

  invoke(_call: ServedCall, _invocation: Invocation): Answer {
    return refusal(HResult.E_NOINTERFACE)
  }

  lookUp(_name: string, _call: ServedCall): Answer {
    return refusal(HResult.E_NOINTERFACE)
  }

  next(_call: ServedCall, _count: number): Answer {
    return refusal(HResult.E_NOINTERFACE)
  }

  eventsOf(_iid: InterfaceId | null, _call: ServedCall): Answer {
    return refusal(HResult.E_NOINTERFACE)
  }

  /** Keeps a reference of its own on the sink. */
  advise(_iid: InterfaceId, _sink: MarshaledPointer, _call: ServedCall): Answer {
    return refusal(HResult.E_NOINTERFACE)
  }

  unadvise(_iid: InterfaceId, _cookie: number, _call: ServedCall): Answer {
    return refusal(HResult.E_NOINTERFACE)
  }
}
