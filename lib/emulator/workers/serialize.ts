// Invocations and replies as plain data that can be sent to another worker.
import type { BindingPointer, InterfaceId } from '../../../binding'
import { copyVariant } from '../calls/copy-variant'
import type { Reply } from '../calls/reply'
import type { Invocation } from '../calls/target'
import type { Peer } from './messages'

/** A marshaled pointer as data. It carries one reference, which the receiver takes over unless it is the owner. */
export interface WirePointer {
  owner: Peer
  object: number
  dispatches: boolean
  iid: InterfaceId | null
}

/** Packs a pointer. Variants then have WirePointers in place of pointers. */
export type Pack = (pointer: BindingPointer) => WirePointer
type Unpack = (pointer: WirePointer) => BindingPointer

const packing = (pack: Pack) => (pointer: BindingPointer) => pack(pointer) as unknown as BindingPointer
const unpacking = (unpack: Unpack) => (pointer: BindingPointer) => unpack(pointer as unknown as WirePointer)

type Copy = (pointer: BindingPointer) => BindingPointer

const mapInvocation = ({ member, kind, args, named }: Invocation, copy: Copy): Invocation => ({
  member,
  kind,
  args: args.map(each => copyVariant(each, copy)),
  named: named.map(({ name, value }) => ({ name, value: copyVariant(value, copy) })),
})

const mapReply = (reply: Reply, copy: Copy): Reply => ({
  ...reply,
  value: reply.value && copyVariant(reply.value, copy),
  outs: reply.outs.map(({ position, value }) => ({ position, value: copyVariant(value, copy) })),
})

export const packInvocation = (invocation: Invocation, pack: Pack): Invocation =>
  mapInvocation(invocation, packing(pack))

export const unpackInvocation = (invocation: Invocation, unpack: Unpack): Invocation =>
  mapInvocation(invocation, unpacking(unpack))

export const packReply = (reply: Reply, pack: Pack): Reply => mapReply(reply, packing(pack))

export const unpackReply = (reply: Reply, unpack: Unpack): Reply => mapReply(reply, unpacking(unpack))
