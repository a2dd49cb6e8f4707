// Adopt, which brings an object of another apartment into a ComThread's apartment.
#pragma once

#include <memory>

#include "automation/call.h"
#include "automation/pointer.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

// On a thread of `target`'s apartment: the object, marshaled. When the apartments differ, the thread of the
// object must be free to marshal it. Until then this function waits and runs jobs of `target`. It ends with
// RPC_E_CALL_CANCELED when `job` is canceled. RPC_E_DISCONNECTED for null, a pointer that JavaScript has
// released.
std::unique_ptr<Outcome> Adopt(ComThread& target, const std::shared_ptr<Pointer>& object, const Job& job);

}  // namespace com_cancel
