// A blocking call that every host can make: it registers a cancel object as a proxy does, and its "server"
// takes a given time and never looks whether it was canceled.
#pragma once

#include <functional>

#include "host/win.h"

namespace com_cancel {

struct WaitRequest {
  DWORD milliseconds = 0;
  // False: registers no cancel object, as a call inside one apartment (C14).
  bool cancelable = true;
};

// Blocks the calling thread. S_OK, RPC_E_CALL_CANCELED, or what CoSetCancelObject refused with. A
// single-threaded apartment pumps meanwhile. `leaving`, when given, is asked every now and then on the
// blocked thread: true ends the wait as canceled.
HRESULT Wait(const WaitRequest& options, const std::function<bool()>& leaving = nullptr);

}  // namespace com_cancel
