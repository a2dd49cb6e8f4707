// ReleaseInterfaces, for the reply to a call that was canceled.
#pragma once

#include "host/win.h"
// After windows.h, which it needs.
#include <rpc.h>
#include <rpcdcep.h>

namespace com_cancel {

// Releases the references that come with a reply nobody unmarshals: without this, the objects that a canceled
// method returned would live as long as their server.
void ReleaseInterfaces(const RPC_MESSAGE& reply);

}  // namespace com_cancel
