// CancelObject, an ICancelMethodCalls that reports a cancel to JavaScript.
#pragma once

#include <memory>

#include "host/counted_object.h"
#include "node/outbox.h"

namespace com_cancel {

class Environment;

class CancelObject final : public CountedObject<ICancelMethodCalls> {
 public:
  // To be created on the environment's thread, its owner. When `cancel_result` is a failure, Cancel does
  // nothing but return it (O9).
  CancelObject(const std::shared_ptr<Environment>& environment, HandleId id, HRESULT cancel_result);

  HRESULT STDMETHODCALLTYPE Cancel(ULONG seconds) override;
  HRESULT STDMETHODCALLTYPE TestCancel() override;

  // The call that it stands for is over.
  void Complete();

 private:
  enum class State { kPending, kCanceled, kCompleted };

  // Locked on the owner's thread only, so that no other thread destroys the environment.
  const std::weak_ptr<Environment> environment_;
  const std::shared_ptr<Outbox> outbox_;
  const HandleId id_;
  const DWORD owner_ = GetCurrentThreadId();
  const HRESULT cancel_result_;
  std::atomic<State> state_{State::kPending};
};

}  // namespace com_cancel
