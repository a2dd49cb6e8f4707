// Waits that pump messages: a thread in a single-threaded apartment must serve incoming calls while it waits.
#pragma once

#include "host/win.h"

namespace com_cancel {

// Whether the calling thread is in a single-threaded apartment.
bool InSingleThreadedApartment();

// Waits for the handle as COM does in an outgoing call: a single-threaded apartment serves incoming calls
// meanwhile. True when the handle was signaled, false when the time passed first. An event must be a
// manual-reset one: after a cancel by the message filter, COM may consume the signal without saying so.
bool WaitAsInCall(HANDLE handle, DWORD milliseconds);

// The same wait without a handle.
void PauseAsInCall(DWORD milliseconds);

// Waits until the handle is signaled (true) or the time has passed (false), and dispatches every message that
// arrives: the idle state of a single-threaded apartment.
bool PumpUntil(HANDLE handle, DWORD milliseconds);

}  // namespace com_cancel
