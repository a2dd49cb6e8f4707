// The RPC interfaces of the objects that this process serves: why a release in it may never end under Wine.
#pragma once

#include "host/win.h"

namespace com_cancel::server_interfaces {

// Replaces RpcServerRegisterIfEx and RpcServerUnregisterIf for COM. False when COM does not import them.
bool Install();

}  // namespace com_cancel::server_interfaces
