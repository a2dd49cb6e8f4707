// The registration of the classes.
#pragma once

#include "host/win.h"

namespace prime {

// For the whole machine, with the path of this executable and of prime_inproc.dll beside it.
HRESULT RegisterClasses();
// Succeeds also when nothing is registered.
HRESULT UnregisterClasses();

}  // namespace prime
