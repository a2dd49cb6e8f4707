// Functions of the module that hosts the class: server.cc has those of the executable, inproc.cc those of the
// DLL.
#pragma once

#include "host/win.h"

namespace prime::host {

// Ends the process abruptly: at once, or after so many milliseconds, while new clients get another process.
// E_ACCESSDENIED in the process of the client.
HRESULT EndProcess(DWORD milliseconds);

// Rejects incoming calls with this answer for the given time. E_NOTIMPL for a host without a message filter.
HRESULT RejectCalls(DWORD milliseconds, SERVERCALL answer);

}  // namespace prime::host
