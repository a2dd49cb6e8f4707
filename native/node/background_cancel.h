// A cancel that may take its timeout, asked for by a JavaScript thread.
#pragma once

#include <functional>

#include "node/environment.h"

namespace com_cancel {

// Runs `cancel` on the system's pool and waits for it as COM waits in a call: a single-threaded apartment is
// served meanwhile, and an environment that is being terminated does not wait for the end
// (RPC_E_CALL_CANCELED).
HRESULT CancelPatiently(const Environment& environment, std::function<HRESULT()> cancel);

}  // namespace com_cancel
