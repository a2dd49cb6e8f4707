// Waiting as an apartment must: a thread in a single-threaded apartment pumps messages while it waits.
#pragma once

#include "host/win.h"

namespace com_cancel {

// Whether the calling thread is in a single-threaded apartment.
bool InSingleThreadedApartment();

// Waits for the handle as COM does in an outgoing call: incoming calls are served in a single-threaded
// apartment. True when it was signaled, false when the time was over first.
bool WaitAsInCall(HANDLE handle, DWORD milliseconds);

// The same without anything to wait for.
void PauseAsInCall(DWORD milliseconds);

// Sleeps until the handle is signaled or the time is over, dispatching every message that arrives: what a
// single-threaded apartment does when it has nothing to do.
void PumpUntil(HANDLE handle, DWORD milliseconds);

}  // namespace com_cancel
