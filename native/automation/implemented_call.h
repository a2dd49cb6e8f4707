// NewImplementedCall, which makes call objects of an object that JavaScript implements (rules A1 to A8).
#pragma once

#include <memory>

#include "automation/implemented_interface.h"
#include "automation/incoming_call.h"
#include "host/win.h"

namespace com_cancel {

// ICallFactory::CreateCall for the asynchronous interface of `implemented`, which `object` has.
HRESULT NewImplementedCall(const ImplementationCalls& calls, IUnknown* object,
                           std::shared_ptr<const ImplementedInterface> implemented, IUnknown* outer,
                           REFIID iid, IUnknown** call);

}  // namespace com_cancel
