// CancelInBackground, for a cancel with a timeout on a JavaScript thread.
#pragma once

#include <functional>

#include "node/environment.h"

namespace com_cancel {

// Runs `cancel` on the system's thread pool and waits for its result as COM waits in a call: a
// single-threaded apartment serves incoming calls meanwhile. Returns RPC_E_CALL_CANCELED early when the
// environment is being terminated.
HRESULT CancelInBackground(const Environment& environment, std::function<HRESULT()> cancel);

}  // namespace com_cancel
