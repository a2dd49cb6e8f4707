// What each thread is in the middle of, under the stand-in: the cancel objects it registered, the calls it
// makes, the calls it serves, innermost last.
#pragma once

#include "host/win.h"
#include "standin/call.h"

namespace com_cancel::thread_stack {

using Microsoft::WRL::ComPtr;

// CoSetCancelObject's.
HRESULT Register(IUnknown* object);
void UnregisterTopmost();
// What the innermost call registered, or was registered for it; 0 is the calling thread.
ComPtr<ICancelMethodCalls> Topmost(DWORD thread);
// Takes leave of calls of this thread that ended without a word. Cheap; for everything that is called anyway.
void Tidy();

// The hook's. A call goes by an address that it has for itself as long as it lasts.
using Key = const void*;
// A call begins; where its server finds its cancel flag. Throws std::bad_alloc.
FlagAddress BeginOutgoing(Key key, const StackMark& now, bool enabled);
void EndOutgoing(Key key);
void BeginIncoming(Key key, const StackMark& now, const FlagView& flag);
void EndIncoming(Key key);

// CallScope's. `canceled` is set when a call right inside the scope returns canceled. An activation is
// canceled as one. False when there is no memory.
bool OpenScope(bool* canceled, bool activation, bool enabled);
void CloseScope(const bool* canceled);

}  // namespace com_cancel::thread_stack
