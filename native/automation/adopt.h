// Taking an object of one thread's apartment into another's.
#pragma once

#include <memory>

#include "automation/call.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

// An interface pointer of this apartment as a value: IDispatch's where the object has it.
Value PointerValue(ComThread& home, IUnknown* object);

// On a thread of `target`'s apartment: the object, marshaled. Where the apartments differ, the object's own
// thread must be free to marshal it; until then this waits, carrying out jobs of `target`, unless `job` is
// given up.
std::unique_ptr<Outcome> Adopt(ComThread& target, const std::shared_ptr<Pointer>& object, const Job& job);

}  // namespace com_cancel
