// The events of an object: its event interface, and the connection of sinks.
#pragma once

#include "automation/call.h"
#include "host/win.h"

namespace com_cancel {

// Finds the event interface `iid`, or the default one when null; with the names of its members if the object
// has type information. E_NOINTERFACE for an object without events.
HRESULT FindEvents(IUnknown* object, const IID* iid, EventSource& events);

HRESULT Advise(IUnknown* object, REFIID iid, IUnknown* sink, DWORD& cookie);
HRESULT Unadvise(IUnknown* object, REFIID iid, DWORD cookie);

}  // namespace com_cancel
