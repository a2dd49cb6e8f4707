// ICancelMethodCalls for JavaScript: a cancel object whose maker is told that it was canceled.
#pragma once

#include <memory>

#include "host/counted_object.h"
#include "node/outbox.h"

namespace com_cancel {

class Environment;

class CancelObject final : public CountedObject<ICancelMethodCalls> {
 public:
  // Made on the environment's thread, which is its owner. A `cancel_result` that is a failure: Cancel does
  // nothing but return it (O9).
  CancelObject(const std::shared_ptr<Environment>& environment, Key key, HRESULT cancel_result);

  HRESULT STDMETHODCALLTYPE Cancel(ULONG seconds) override;
  HRESULT STDMETHODCALLTYPE TestCancel() override;

  // The call is over.
  void Complete();

 private:
  enum class State { kPending, kCanceled, kCompleted };

  // Locked on the owner's thread only, so that no other ever destroys the environment.
  const std::weak_ptr<Environment> environment_;
  const std::shared_ptr<Outbox> outbox_;
  const Key key_;
  const DWORD owner_ = GetCurrentThreadId();
  const HRESULT cancel_result_;
  std::atomic<State> state_{State::kPending};
};

}  // namespace com_cancel
