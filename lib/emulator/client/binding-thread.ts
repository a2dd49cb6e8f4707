// The emulator's BindingThread: its methods queue jobs on an emulated thread.
import type {
  Activation,
  BindingPointer,
  BindingThread,
  Done,
  HRESULT,
  Implementation,
  JobDone,
  JobId,
  JobOptions,
  Operation,
  ProxyBlanket,
  Returned,
  Seconds,
  ThreadId,
  ThreadOptions,
  WaitRequest,
} from '../../../binding'
import { HResult } from '../../errors/hresult'
import { subjectOf } from '../../events/publish/event'
import { copyBlocks } from '../../values/blocks'
import type { EmulatedApartment } from '../apartments/thread-stack'
import { marshalOperation, valuesOf } from '../calls/marshal'
import { MarshaledPointer } from '../calls/marshaled-pointer'
import { copyReply, type Reply, refusal, success } from '../calls/reply'
import { describeSubject } from '../calls/request'
import { adopt } from './adopt'
import { askWhileBusy, busyResults, callWhileBusy } from './busy-retry'
import { newCallObject } from './call-object'
import type { Com } from './com'
import { HostHandle } from './host-handle'
import { ImplementationObject } from './implementation-object'
import type { JobWork, RunningJob } from './job'
import { JobThread } from './job-thread'
import { PointerHandle } from './pointer-handle'
import { processOf } from './server-process'
import { beginWait, WaitFrame } from './wait-call'

const collectedThreads = new FinalizationRegistry<JobThread>(thread => thread.retire())

/** The handle of a JobThread, which holds no reference on its handle. */
class EmulatedBindingThread implements BindingThread {
  readonly #com: Com
  readonly #thread: JobThread
  readonly #implemented = new WeakMap<Implementation, ImplementationObject>()

  constructor(com: Com, thread: JobThread) {
    this.#com = com
    this.#thread = thread
    collectedThreads.register(this, thread)
  }

  get id(): ThreadId {
    return this.#thread.id
  }

  wait(options: WaitRequest, done: JobDone, limits?: JobOptions): JobId {
    const { system } = this.#com
    return this.#thread.queue<HRESULT>({
      begin: ({ stack, startedAt, end }) => {
        const call = beginWait(system, stack.thread, stack, startedAt, options)
        if (typeof call === 'number') end(call)
        else stack.push(new WaitFrame(call, end))
      },
      refused: hresult => hresult,
      done,
      limits,
      describe: () => `a wait of ${options.ms} ms`,
    })
  }

  activate(activation: Activation, done: Returned, limits?: JobOptions): JobId {
    const { system, classes } = this.#com
    const { busyRetry } = this.#thread
    const requestFor = (client: EmulatedApartment) =>
      activation.kind === 'hosted'
        ? classes.hosted(activation.name, HostHandle.processOf(activation.host), activation.apartment)
        : classes.find(activation, client)
    const begin = (run: RunningJob<Reply>) =>
      callWhileBusy(system, run, busyRetry, {
        request: () => requestFor(run.stack.apartment),
        // A canceled activation is a success without an object (C13).
        end: (reply, released) => run.end(released ? { ...reply, hresult: HResult.S_OK } : reply),
      })
    return this.#queue(() => `the activation of ${activation.name}`, { done, limits }, begin)
  }

  ask(object: BindingPointer, operation: Operation, done: Returned, limits?: JobOptions): JobId {
    const { apartment, busyRetry } = this.#thread
    const marshaled = marshalOperation(operation, PointerHandle.marshalFrom(apartment))
    if (!('operation' in marshaled)) return this.#refuse(refusal(marshaled.hresult, marshaled.argument), done)
    // The program may change its typed arrays from now on.
    for (const each of valuesOf(marshaled.operation)) copyBlocks(each)
    const pointer = PointerHandle.marshal(object, apartment)
    if (typeof pointer === 'number') {
      marshaled.release()
      return this.#refuse(refusal(pointer), done)
    }
    const { system } = this.#com
    const { target } = pointer
    const over = () => {
      pointer.release()
      marshaled.release()
    }
    if (operation.kind === 'is') {
      const other = marshaled.operation
      const value = other.kind === 'is' && MarshaledPointer.of(other.other).target === target
      const end = (run: RunningJob<Reply>) => {
        over()
        run.end(success({ type: 'bool', value }))
      }
      return this.#queue(() => `comparing ${target.kind} with another object`, { done, limits }, end, over)
    }
    if (operation.kind === 'server-process') {
      const end = (run: RunningJob<Reply>) => {
        over()
        run.end({ ...success(), ...processOf(target.host) })
      }
      return this.#queue(() => `finding the process of ${target.kind}`, { done, limits }, end, over)
    }
    const describe = () => describeSubject(subjectOf(operation), target.kind)
    if (operation.kind === 'create-call') {
      const { iid, signaled } = operation
      const details = { target, iid, apartment, maker: system.threads.current, caller: this.id, signaled }
      const begin = (run: RunningJob<Reply>) => {
        const kept = new MarshaledPointer(target) // until the call object has a reference
        askWhileBusy(system, run, target, marshaled.operation, busyRetry, over, reply => {
          const made = newCallObject(this.#com, details, reply)
          kept.release()
          run.end(made)
        })
      }
      return this.#queue(describe, { done, limits }, begin, over)
    }
    // The call that a busy server has rejected is over in Finish_, which cannot be repeated.
    const retry = operation.kind === 'method' && operation.step ? 0 : busyRetry
    return this.#queue(
      describe,
      { done, limits },
      run => askWhileBusy(system, run, target, marshaled.operation, retry, over),
      over,
    )
  }

  adopt(object: BindingPointer, done: Returned, limits?: JobOptions): JobId {
    const com = this.#com
    const thread = this.#thread
    const pointer = PointerHandle.marshal(object, null)
    if (typeof pointer === 'number') return this.#refuse(refusal(pointer), done)
    const home = PointerHandle.homeOf(object)
    const { kind } = pointer.target
    return this.#queue(
      () => `the adoption of ${kind}`,
      { done, limits },
      run => adopt(com, thread, home, pointer, run),
      () => pointer.release(),
    )
  }

  setProxyBlanket(object: BindingPointer, _: ProxyBlanket, done: Returned, limits?: JobOptions): JobId {
    const { apartment } = this.#thread
    const pointer = PointerHandle.marshal(object, apartment)
    if (typeof pointer === 'number') return this.#refuse(refusal(pointer), done)
    const { target } = pointer
    pointer.release()
    // The proxy is the caller's own: its server is not asked.
    const isProxy = target.apartment !== apartment
    return this.#queue(
      () => `the security of the calls to ${target.kind}`,
      { done, limits },
      run => run.end(isProxy ? success() : refusal(HResult.E_NOINTERFACE)),
    )
  }

  implement(implementation: Implementation): BindingPointer {
    const { system, client, unanswered } = this.#com
    const home = this.#thread
    const known = this.#implemented.get(implementation)
    if (known && known.references > 0) {
      known.addRef()
      return new PointerHandle(home, known, system.live)
    }
    const object = new ImplementationObject({ system, host: client.host, home, unanswered, implementation })
    this.#implemented.set(implementation, object)
    return new PointerHandle(home, object, system.live)
  }

  cancel(seconds: Seconds, done: Done): void {
    this.#thread.cancel(seconds, done)
  }

  close(done: () => void, overdue?: () => void): void {
    this.#thread.close(done, overdue)
  }

  /** Queues a job that ends without a call. */
  #refuse(reply: Reply, done: Returned): JobId {
    return this.#thread.queue<Reply>({
      describe: () => 'a call that is refused',
      begin: run => run.end(reply),
      refused: refusal,
      done,
    })
  }

  /** `release` is called where the job never begins. */
  #queue(
    describe: () => string,
    { done, limits }: { done: Returned; limits: JobOptions | undefined },
    begin: (run: RunningJob<Reply>) => void,
    release = () => {},
  ): JobId {
    const { live } = this.#com.system
    const thread = this.#thread
    const work: JobWork<Reply> = {
      describe,
      begin,
      refused: hresult => {
        release()
        return refusal(hresult)
      },
      done: (reply, cancellation) => {
        const { rejected: _, ...outcome } = copyReply(reply, PointerHandle.unmarshalTo(thread, live))
        done(outcome, cancellation)
      },
      busy: ({ rejected, hresult }) => rejected !== undefined || busyResults.includes(hresult),
      limits,
    }
    return thread.queue(work)
  }
}

export const startComThread = (com: Com, options: ThreadOptions, done: Done): BindingThread =>
  new EmulatedBindingThread(com, new JobThread(com, options, done))
