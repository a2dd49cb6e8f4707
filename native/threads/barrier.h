// The barrier of nested work: a cancel object that keeps a cancel from the call around the work (C15).
#pragma once

#include "host/win.h"

namespace com_cancel::barrier {

// The cancel object does nothing: its Cancel returns E_NOINTERFACE, its TestCancel RPC_S_CALLPENDING. One
// static object serves all threads.

// Registers it on the calling thread by CoSetCancelObject. False when that was refused.
bool Register();
// Unregisters it, if it is on top. It is not when other code on this thread left an object of its own there,
// which is not ours to unregister.
void Unregister();

}  // namespace com_cancel::barrier
