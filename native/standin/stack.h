// The stack of each thread under the stand-in: the cancel objects that it registered, the calls that it makes
// and the calls that it serves, the innermost last.
#pragma once

#include "host/win.h"
#include "standin/call.h"

namespace com_cancel::thread_stack {

using Microsoft::WRL::ComPtr;

// CoSetCancelObject's.
HRESULT Register(IUnknown* object);
void UnregisterTopmost();
// The cancel object that was registered last, by the thread or for its innermost call; null when there is
// none. 0 is the calling thread.
ComPtr<ICancelMethodCalls> Topmost(DWORD thread);
// Removes the frames of calls of this thread that ended without a notification. Cheap: every function of the
// family calls it.
void RemoveEnded();

// For the hook. Identifies a call by an address that no other call has at the same time.
using CallAddress = const void*;
// A call begins. Returns where its server finds its cancel flag. Throws std::bad_alloc.
FlagAddress BeginOutgoing(CallAddress call, const StackMark& now, bool enabled);
void EndOutgoing(CallAddress call);
// The cancel object of the call of this thread whose message COM is about to send. `state` is an address in
// the same small block of COM's as the call's address. Null when the call can't be canceled, and when it was
// found before.
ComPtr<OutgoingCall> TakeCallToSend(const void* state);
void BeginIncoming(CallAddress call, const StackMark& now, const FlagView& flag);
void EndIncoming(CallAddress call);

// For CallScope. `canceled` is set when a call right inside the scope returns canceled. An activation has one
// cancel object for all its calls, if `enabled`. False when there is no memory.
bool OpenScope(bool* canceled, bool activation, bool enabled);
void CloseScope(const bool* canceled);

}  // namespace com_cancel::thread_stack
