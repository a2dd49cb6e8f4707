// The events of an object: its event interface, and the connection of sinks.
#pragma once

#include <string>

#include "automation/call.h"
#include "host/win.h"
#include "threads/job.h"

namespace com_cancel {

// Finds the event interface `iid`, or the default one when null; with the names of its members if the object
// has type information. E_NOINTERFACE for an object without events; CONNECT_E_NOCONNECTION when it has none
// of this interface. CONNECT_E_CANNOTCONNECT, with the reason in `refusal`, for an interface that is not late
// bound: a source calls its sinks by vtable, and a sink that JavaScript implements has the vtable of
// IDispatch only. RPC_E_CALL_CANCELED when `job` is canceled: the search is many calls, and ends between two.
HRESULT FindEvents(IUnknown* object, const IID* iid, const Job& job, EventSource& events,
                   std::u16string& refusal);

HRESULT Advise(IUnknown* object, REFIID iid, IUnknown* sink, DWORD& cookie);
HRESULT Unadvise(IUnknown* object, REFIID iid, DWORD cookie);

}  // namespace com_cancel
