// Wait, a blocking call that works on every system: it registers a cancel object as a proxy does, and its
// "server" takes a given time and never checks whether it was canceled.
#pragma once

#include <wrl/client.h>

#include <functional>

#include "host/win.h"

namespace com_cancel {

// binding.d.ts's WaitRequest.
struct WaitRequest {
  DWORD milliseconds = 0;
  // False: registers no cancel object, as a call inside one apartment (C14).
  bool cancelable = true;
};

// Blocks the calling thread, which pumps messages in a single-threaded apartment. Returns S_OK,
// RPC_E_CALL_CANCELED, or the error of CoSetCancelObject. `terminating`, when given, is called on the blocked
// thread from time to time: true ends the wait as canceled.
HRESULT Wait(const WaitRequest& request, const std::function<bool()>& terminating = nullptr);

class WaitCall;

// A cancelable wait of the thread that makes this object, for something that another thread reports.
class ReplyWait {
 public:
  // Throws std::bad_alloc.
  ReplyWait();
  ~ReplyWait();
  ReplyWait(const ReplyWait&) = delete;
  ReplyWait& operator=(const ReplyWait&) = delete;

  // Ends the wait, from any thread, also before Block.
  void Finish();
  // S_OK after Finish, otherwise as Wait.
  HRESULT Block();

 private:
  const Microsoft::WRL::ComPtr<WaitCall> call_;
};

}  // namespace com_cancel
