// What the class asks of the module that hosts it: server.cc answers for the executable, inproc.cc for the
// DLL.
#pragma once

#include "host/win.h"

namespace prime::host {

// Ends the process in the middle of whatever it does: at once, or so many milliseconds from now, and new
// clients get another process from now on. E_ACCESSDENIED where the process is the client's.
HRESULT EndProcess(DWORD milliseconds);

// For so long, incoming calls get this answer instead of being carried out. E_NOTIMPL where the host has no
// message filter of its own.
HRESULT RejectCalls(DWORD milliseconds, SERVERCALL answer);

}  // namespace prime::host
