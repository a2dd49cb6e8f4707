// CallTimeout, which cancels the calls that block a thread for too long (W1, W2).
#include "threads/call_timeout.h"

#include "host/ole32.h"

namespace com_cancel {

std::shared_ptr<CallTimeout> CallTimeout::Start(Milliseconds time, Milliseconds repeat) {
  std::shared_ptr<CallTimeout> timeout(new CallTimeout(repeat));
  const Guard guard(timeout->lock_);
  timeout->SetAlarm(time);
  return timeout;
}

void CallTimeout::Stop() {
  const Guard guard(lock_);
  open_ = false;
  alarms::Cancel(alarm_);
}

void CallTimeout::SetAlarm(Milliseconds time) {
  alarm_ = alarms::Set(Clock::now() + time, [weak = weak_from_this()] {
    if (const auto timeout = weak.lock()) timeout->Ring();
  });
}

void CallTimeout::Ring() {
  const Guard guard(lock_);
  if (!open_) return;
  if (Ole32::Get().CancelCall(thread_, 0) == S_OK) ++canceled_;
  SetAlarm(repeat_);
}

}  // namespace com_cancel
