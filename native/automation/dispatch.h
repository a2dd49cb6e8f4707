// Late-bound calls: IDispatch and IEnumVARIANT, on a thread of the object's apartment.
#pragma once

#include <memory>

#include "automation/call.h"
#include "automation/variant.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

// How values hold pointers at home in this apartment, for its threads.
PointerConversion PointersOf(ComThread& home);

// `job`: whose call it is; given up between two steps, the next one is not made.
std::unique_ptr<Outcome> Invoke(ComThread& home, const Pointer& object, const Invocation& invocation,
                                const Job& job);
// The DISPID of a member, or empty when the object says that it has none of that name.
std::unique_ptr<Outcome> LookUp(ComThread& home, const Pointer& object, const std::u16string& name,
                                const Job& job);
// At most `count` more items of an enumeration.
std::unique_ptr<Outcome> Next(ComThread& home, const Pointer& enumerator, ULONG count, const Job& job);

}  // namespace com_cancel
