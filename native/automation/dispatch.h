// Late-bound calls by IDispatch and IEnumVARIANT, for threads of the object's apartment.
#pragma once

#include <memory>

#include "automation/call.h"
#include "automation/pointer.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

// `job` is the job that makes the call. When it is canceled between two steps, the second one is not made.
std::unique_ptr<Outcome> Invoke(ComThread& home, const Pointer& object, const Invocation& invocation,
                                const Job& job);
// The DISPID of a member, or empty when the object has none of that name.
std::unique_ptr<Outcome> LookUp(ComThread& home, const Pointer& object, const std::u16string& name,
                                const Job& job);
// At most `count` further items of an enumeration.
std::unique_ptr<Outcome> Next(ComThread& home, const Pointer& enumerator, ULONG count, const Job& job);

}  // namespace com_cancel
