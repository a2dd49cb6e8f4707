// Operations and replies as messages between worker threads carry them: plain data, with a WirePointer for each pointer.
import type { BindingPointer, InterfaceId, Operation } from '../../../binding'
import { copyOperation, type PointerCopier } from '../calls/marshal'
import { copyReply, type Reply } from '../calls/reply'
import type { Peer } from './messages'

/** An object, and one reference on it that the receiver takes over, unless the receiver is the owner. */
export interface WirePointer {
  owner: Peer
  object: number
  dispatches: boolean
  iid: InterfaceId | null
}

export type Pack = (pointer: BindingPointer) => WirePointer
type Unpack = (pointer: WirePointer) => BindingPointer

// In a packed operation or reply WirePointers stand where the type has BindingPointers.
const packing = (pack: Pack): PointerCopier => pack as unknown as PointerCopier
const unpacking = (unpack: Unpack): PointerCopier => unpack as unknown as PointerCopier

export const packOperation = (operation: Operation, pack: Pack): Operation => {
  if (operation.kind !== 'create-call') return copyOperation(operation, packing(pack))
  // The call object, which is signaled, is in the caller's worker.
  const { signaled: _, ...plain } = operation
  return plain as Operation
}

export const unpackOperation = (operation: Operation, unpack: Unpack): Operation =>
  copyOperation(operation, unpacking(unpack))

export const packReply = (reply: Reply, pack: Pack): Reply => copyReply(reply, packing(pack))

export const unpackReply = (reply: Reply, unpack: Unpack): Reply => copyReply(reply, unpacking(unpack))
