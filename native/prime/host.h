// What the class asks of the module that hosts it: server.cc answers for the executable, inproc.cc for the
// DLL.
#pragma once

#include "../win.h"

namespace prime::host {

// Ends the process at once, in the middle of whatever it does. E_ACCESSDENIED where the process is the
// client's.
HRESULT EndProcess();

// For so long, incoming calls get this answer instead of being carried out. E_NOTIMPL where the host has no
// message filter of its own.
HRESULT RejectCalls(DWORD milliseconds, SERVERCALL answer);

}  // namespace prime::host
