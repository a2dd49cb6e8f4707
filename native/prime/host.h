// What the class asks of the module that hosts it: server.cc answers for the executable, inproc.cc for the
// DLL.
#pragma once

#include "../win.h"

namespace prime::host {

// Whether the process exists for the class only, so that a method may end it.
bool OwnsProcess();

// For so long, incoming calls get this answer instead of being carried out. E_NOTIMPL where the host has no
// message filter of its own.
HRESULT RejectCalls(DWORD milliseconds, SERVERCALL answer);

}  // namespace prime::host
