// CreateHosted, which gets an object from a host process.
#pragma once

#include <wrl/client.h>

#include <optional>

#include "automation/call.h"
#include "host/win.h"
#include "hosting/host_process.h"

namespace com_cancel {

// On a thread of an apartment: an object that the host process makes, unmarshaled here. The wait for it has a
// cancel object; after a cancel, the host releases the object when it has made it. `failure` gets what the
// class tells about its failure. RPC_S_SERVER_UNAVAILABLE for a host that has ended.
HRESULT CreateHosted(hosting::HostProcess& host, const CLSID& clsid, hosting::MadeIn made_in,
                     Microsoft::WRL::ComPtr<IUnknown>& object, std::optional<ExceptionText>& failure);

}  // namespace com_cancel
