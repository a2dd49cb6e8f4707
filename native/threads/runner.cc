// Runner, a thread that runs jobs.
#include "threads/runner.h"

#include <wrl/client.h>

#include "host/ole32.h"
#include "host/returned.h"

namespace com_cancel {

void Runner::Execute(const std::shared_ptr<Job>& job) {
  if (!job->Begin(shared_from_this())) return;
  {
    const Guard change(lock_);
    jobs_.push_back(job.get());
  }
  job->Run();
  const Guard change(lock_);
  jobs_.pop_back();
}

HRESULT Runner::Cancel(const Job& job, ULONG seconds) {
  Microsoft::WRL::ComPtr<ICancelMethodCalls> call;
  {
    const std::shared_lock<Lock> no_change(lock_);
    if (jobs_.empty() || jobs_.back() != &job || job.over()) return E_NOINTERFACE;
    if (seconds == 0) return Ole32::Get().CancelCall(thread_, 0);
    const HRESULT hr = Returned(Ole32::Get().GetCancelObject(thread_, IID_PPV_ARGS(&call)), call);
    if (FAILED(hr)) return hr;
  }
  // Without the lock, which the thread needs to go on to a job that its call may be waiting for. The object
  // belongs to this one call, so the next call is safe all the same.
  return call->Cancel(seconds);
}

void Runner::CancelAnyCall() { Ole32::Get().CancelCall(thread_, 0); }

}  // namespace com_cancel
