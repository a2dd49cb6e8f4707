// Puts the classes into the registry and takes them out.
#pragma once

#include "host/win.h"

namespace prime {

// For the whole machine, with this executable's path and prime_inproc.dll beside it.
HRESULT RegisterClasses();
// Nothing there to remove is no failure.
HRESULT UnregisterClasses();

}  // namespace prime
