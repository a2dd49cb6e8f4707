// Calls between workers: to objects of other workers, and from other workers to objects of this one.
import type { Apartment, Operation } from '../../../binding'
import { HResult } from '../../errors/hresult'
import { discardOutcome } from '../../values/from-variant'
import { MultiThreadedApartment } from '../apartments/apartment'
import { type EmulatedApartment, ThreadStack } from '../apartments/thread-stack'
import type { MarshaledPointer } from '../calls/marshaled-pointer'
import { type CallForWorker, callForWorker } from '../calls/outgoing-call'
import { type Reply, refusal } from '../calls/reply'
import type { Request, RunningCall } from '../calls/request'
import { requestOf } from '../calls/target'
import type { Com } from '../client/com'
import type { OrdinaryActivation } from '../servers/foreign-classes'
import type { HostProcess } from '../servers/host-process'
import type { System } from '../threads/system'
import type { WorkerCallMessages } from './call-messages'
import { HostsBetweenWorkers } from './hosts-between-workers'
import type { MessageSender, Peer } from './messages'
import { PointersBetweenWorkers } from './pointers-between-workers'
import { packOperation, packReply, unpackOperation, unpackReply } from './serialize'

const servedKey = (peer: Peer, id: number): string => `${peer.incarnation}/${id}`

export class CallsBetweenWorkers {
  readonly #com: Com
  readonly #system: System
  readonly #channel: MessageSender<WorkerCallMessages>
  readonly #isAlive: (peer: Peer) => boolean
  readonly #pointers: PointersBetweenWorkers
  readonly #hosts: HostsBetweenWorkers
  /** The calls to other workers that have no reply yet. */
  readonly #requested = new Map<number, { owner: Peer; answer: (reply: Reply) => void }>()
  /** The calls of other workers that are executed here. */
  readonly #served = new Map<string, { client: Peer; call: CallForWorker }>()
  /** The apartment of the threads that stand for callers in other workers. */
  readonly #callers: MultiThreadedApartment
  #lastId = 0

  constructor(com: Com, channel: MessageSender<WorkerCallMessages>, isAlive: (peer: Peer) => boolean) {
    const { system } = com
    this.#com = com
    this.#system = system
    this.#channel = channel
    this.#isAlive = isAlive
    const newStack = (apartment: EmulatedApartment) =>
      new ThreadStack({
        system,
        thread: system.threads.startAnonymous(),
        apartment: () => apartment,
      })
    const endThread = ({ thread }: ThreadStack) => system.threads.end(thread)
    this.#callers = new MultiThreadedApartment(newStack, endThread)
    this.#pointers = new PointersBetweenWorkers({
      system,
      channel,
      isAlive,
      waiting: new MultiThreadedApartment(newStack, endThread),
      ask: (...call) => this.#ask(...call),
    })
    this.#hosts = new HostsBetweenWorkers(system, channel)
    channel.on('call', (message, from) => this.#serveCall(message, from))
    channel.on('activate', (message, from) => isAlive(from) && this.#serveActivation(message, from))
    channel.on('activate-hosted', (message, from) => isAlive(from) && this.#serveHosted(message, from))
    channel.on('reply', ({ id, reply }, from) => this.#receive(id, reply, from))
    channel.on('cancel', ({ id }, from) => this.#served.get(servedKey(from, id))?.call.cancel())
    channel.on('leave', ({ id }, from) => this.#served.get(servedKey(from, id))?.call.leave())
  }

  /** A request for an object of a class that another worker has registered. */
  activation(owner: Peer, activation: OrdinaryActivation, client: EmulatedApartment): Request {
    const { kind: apartment } = client
    return {
      at: this.#pointers.placeOf(owner),
      activation: true,
      subject: { operation: 'activate', name: activation.name },
      perform: call =>
        this.#request(owner, call, id =>
          this.#channel.send(owner, 'activate', { id, caller: call.caller, apartment, activation }),
        ),
    }
  }

  /** A request for an object in a host process of this worker, of a class that another worker has registered. */
  hostedActivation(owner: Peer, process: HostProcess, apartment: Apartment | null, name: string): Request {
    return {
      at: this.#pointers.placeOf(owner),
      activation: true,
      subject: { operation: 'activate', name },
      perform: call => {
        if (!process.running) return refusal(HResult.RPC_S_SERVER_UNAVAILABLE)
        return this.#request(owner, call, id => {
          const host = this.#hosts.wireFor(process, owner)
          this.#channel.send(owner, 'activate-hosted', { id, caller: call.caller, host, apartment, name })
        })
      },
    }
  }

  /** A worker has ended: calls to it fail, and the callers of its own calls no longer wait. */
  reclaim(peer: Peer): void {
    this.#pointers.endHost(peer)
    this.#hosts.reclaim(peer)
    for (const [id, { owner, answer }] of [...this.#requested]) {
      if (owner.incarnation !== peer.incarnation) continue
      this.#requested.delete(id)
      answer(refusal(HResult.RPC_E_SERVER_DIED))
    }
    for (const { client, call } of [...this.#served.values()])
      if (client.incarnation === peer.incarnation) call.leave()
    this.#pointers.reclaim(peer)
  }

  #ask(owner: Peer, object: number, operation: Operation, call: RunningCall): Promise<Reply> {
    const { caller } = call
    // Packed at each attempt: the pointers of each message carry references of their own.
    return this.#request(owner, call, id =>
      this.#pointers.send(owner, 'call', pack => ({
        id,
        caller,
        object,
        operation: packOperation(operation, pack),
      })),
    )
  }

  /** Sends a call with `send`, and again when the server was busy and the caller's message filter retries. */
  async #request(owner: Peer, call: RunningCall, send: (id: number) => void): Promise<Reply> {
    for (;;) {
      const id = ++this.#lastId
      const reply = await new Promise<Reply>(answer => {
        if (!this.#isAlive(owner)) {
          answer(refusal(HResult.RPC_S_SERVER_UNAVAILABLE))
          return
        }
        this.#requested.set(id, { owner, answer })
        let left = false
        const notify = (kind: 'cancel' | 'leave') => {
          if (this.#requested.has(id)) this.#channel.send(owner, kind, { id })
        }
        send(id)
        call.onLeft(() => {
          left = true
          notify('leave')
        })
        // A caller that leaves at once sends only 'leave': the server then drops the reply.
        call.onCancel(() =>
          queueMicrotask(() => {
            if (!left) notify('cancel')
          }),
        )
      })
      if (!reply.rejected) return reply
      const decided = await call.rejected(reply.rejected)
      if (decided !== 'retry') return decided
    }
  }

  #receive(id: number, packed: Reply, from: Peer): void {
    const reply = unpackReply(packed, wire => this.#pointers.unpack(wire))
    const requested = this.#requested.get(id)
    if (requested?.owner.incarnation !== from.incarnation) {
      discardOutcome(reply)
      return
    }
    this.#requested.delete(id)
    requested.answer(reply)
  }

  #serveCall({ id, caller, object, operation: packed }: WorkerCallMessages['call'], from: Peer): void {
    const pointers: MarshaledPointer[] = []
    const operation = unpackOperation(packed, wire => {
      const pointer = this.#pointers.unpack(wire)
      pointers.push(pointer)
      return pointer
    })
    const over = () => {
      for (const pointer of pointers) pointer.release()
    }
    const target = this.#isAlive(from) ? this.#pointers.find(object) : undefined
    if (target) this.#serve(from, id, { ...requestOf(target, operation, over), caller })
    else {
      over()
      this.#reply(from, id, refusal(HResult.RPC_E_DISCONNECTED))
    }
  }

  #serveActivation({ id, caller, apartment, activation }: WorkerCallMessages['activate'], from: Peer): void {
    const { classes, client } = this.#com
    // The objects of a library live in the worker that registered its class, in an apartment of the client's kind.
    const request = classes.find(activation, client.apartment(apartment))
    if (typeof request === 'number') this.#reply(from, id, refusal(request))
    else this.#serve(from, id, { ...request, caller })
  }

  #serveHosted(message: WorkerCallMessages['activate-hosted'], from: Peer): void {
    const { id, caller, host, apartment, name } = message
    const request = this.#com.classes.hosted(name, this.#hosts.partOf(host, from), apartment)
    if (typeof request === 'number') this.#reply(from, id, refusal(request))
    else this.#serve(from, id, { ...request, caller })
  }

  #serve(client: Peer, id: number, request: Request): void {
    const key = servedKey(client, id)
    this.#callers.deliver({
      before: undefined,
      after: undefined,
      begin: stack => {
        let over = false
        const call = callForWorker(this.#system, stack, request, reply => {
          over = true
          this.#served.delete(key)
          this.#reply(client, id, reply)
        })
        if (!over) this.#served.set(key, { client, call })
        stack.catchUp()
      },
      refuse: hresult => this.#reply(client, id, refusal(hresult)),
    })
  }

  #reply(client: Peer, id: number, reply: Reply): void {
    if (this.#isAlive(client))
      this.#pointers.send(client, 'reply', pack => ({ id, reply: packReply(reply, pack) }))
    discardOutcome(reply)
  }
}
