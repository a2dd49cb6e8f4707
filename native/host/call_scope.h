// CallScope, which marks one outgoing call of our own code on the thread that makes it.
#pragma once

#include "host/win.h"

namespace com_cancel {

// What the stand-in does at both ends of a scope. `canceled` identifies the scope, lies on the stack of the
// calling thread, and is set when the call was canceled.
struct CallScopeHandlers {
  // Returns false when there is no memory: the scope then has no effect.
  bool (*open)(bool* canceled, bool activation);
  void (*close)(const bool* canceled);
  bool (*methods_left)();
};

// The stand-in calls this once, when its channel hook is installed. On a system that has the cancellation
// family nothing is installed, and a scope costs one load. `handlers` must live until the process ends.
void InstallCallScopes(const CallScopeHandlers& handlers);

// Around one call that our own code makes, on the thread that makes it. Unlike a real proxy, the stand-in
// does not replace the result of a call that is canceled when its reply has come already, and COM does not
// notify a channel hook of a call that failed. The scope supplies both.
class CallScope {
 public:
  enum class Of {
    kCall,
    // The activation of an object: several marshaled calls and the wait for a starting process, under one
    // cancel object from begin to end.
    kActivation,
  };

  explicit CallScope(Of of = Of::kCall) noexcept;
  ~CallScope() { End(S_OK); }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

  // The call has returned `result`. Returns what the caller gets: RPC_E_CALL_CANCELED when the call was
  // canceled (C7). Results may exist all the same and are to be dropped (C8).
  HRESULT End(HRESULT result) noexcept;

  // Whether the method of a canceled call of this process may still run in its server, as far as the stand-in
  // knows. While it runs, the references on its object are not released; they are lost if the process ends.
  static bool MethodsLeft() noexcept;

 private:
  const CallScopeHandlers* open_ = nullptr;  // null: closed, or nothing is installed
  bool canceled_ = false;
};

}  // namespace com_cancel
