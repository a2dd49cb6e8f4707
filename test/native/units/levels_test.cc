// Tests of the levels of a thread (threads/runner.h): which call a cancel reaches while jobs and releases are
// nested, and how often it is repeated. Their calls are cancel objects that the tests register: no server is
// needed.
//
// Prints a line for each check. The exit code is 1 when one failed.
#include <wrl/client.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <new>
#include <thread>
#include <utility>

#include "checks.h"
#include "host/counted_object.h"
#include "host/ole32.h"
#include "standin/functions.h"
#include "threads/com_thread.h"

using namespace com_cancel;
using Microsoft::WRL::ComPtr;

namespace {

// A call in flight: its cancel object counts the cancels, and Block registers it and blocks the thread.
class FakeCall final : public CountedObject<ICancelMethodCalls> {
 public:
  explicit FakeCall(HRESULT answer = S_OK) : answer_(answer) {}

  HRESULT STDMETHODCALLTYPE Cancel(ULONG) override {
    ++cancels;
    return answer_;
  }
  HRESULT STDMETHODCALLTYPE TestCancel() override { return RPC_S_CALLPENDING; }

  // Until Return, or until a cancel if `cancelable`.
  void Block(bool cancelable = false) {
    Register();
    blocks = true;
    while (!returns_ && !(cancelable && cancels > 0)) SleepFor(1);
    blocks = false;
    Unregister();
  }
  void Register() { Check(SUCCEEDED(Ole32::Get().SetCancelObject(this)), "a call registers"); }
  void Unregister() { Ole32::Get().SetCancelObject(nullptr); }
  void Return() { returns_ = true; }
  ULONG References() {
    AddRef();
    return Release();
  }

  std::atomic<int> cancels{0};
  std::atomic<bool> blocks{false};

 private:
  const HRESULT answer_;
  std::atomic<bool> returns_{false};
};

ComPtr<FakeCall> NewCall(HRESULT answer = S_OK) { return TakeOver(new FakeCall(answer)); }

// An object whose last release runs a function.
class Released final : public CountedObject<IUnknown> {
 public:
  explicit Released(std::function<void()> action) : action_(std::move(action)) {}
  ~Released() override { action_(); }

 private:
  std::function<void()> action_;
};

class NoMailbox final : public Mailbox {
 public:
  void PostJobDone(JobId, HRESULT, std::unique_ptr<JobResult>, const Cancellation&) override {}
  void PostJobOverdue(JobId, const Cancellation&) override {}
  void PostDone(CallbackId, HRESULT) override {}
  void PostThreadEnded(ComThreadId) override {}
};

std::shared_ptr<ComThread> Start(bool single_threaded, bool call_cancellation = true) {
  ThreadOptions options;
  options.single_threaded = single_threaded;
  options.call_cancellation = call_cancellation;
  return ComThread::Start(options, std::make_shared<NoMailbox>(), ComThreadId{1}, CallbackId{1});
}

void End(const std::shared_ptr<ComThread>& thread) {
  thread->Close();
  Check(WaitForSingleObject(thread->handle(), 60'000) == WAIT_OBJECT_0, "the thread ends");
}

std::shared_ptr<Job> Queue(const std::shared_ptr<ComThread>& thread, std::function<void()> run,
                           DWORD grace = 60'000) {
  auto job = std::make_shared<Job>(
      JobId{1}, nullptr,
      [work = std::move(run)](const Job&) {
        work();
        return Job::Result{};
      },
      JobLimits{grace});
  thread->Queue(job);
  return job;
}

bool Ends(const std::shared_ptr<Job>& job) {
  return Until([&] { return job->over(); });
}

// An outer job that is blocked in a call, in which its thread serves an incoming call and so runs further
// jobs. The job has begun when the constructor returns: what comes next is nested in it.
struct Outer {
  explicit Outer(const std::shared_ptr<ComThread>& on, bool with_cancel_object = true)
      : thread(on), call(NewCall()), job(Queue(on, [this, with_cancel_object] {
          if (with_cancel_object) call->Register();
          begun = true;
          thread->ServeUntil([this] { return done.load(); }, 1);
          if (with_cancel_object) call->Unregister();
        })) {
    Check(Until([&] { return begun.load(); }), "an outer job begins");
  }
  void End() {
    done = true;
    thread->WakeServers();
    Check(Ends(job), "the outer job ends");
    Check(call->References() == 1, "O2 nothing keeps the outer call's cancel object", call->References());
  }

  const std::shared_ptr<ComThread> thread;
  const ComPtr<FakeCall> call;
  std::atomic<bool> begun{false};
  std::atomic<bool> done{false};
  const std::shared_ptr<Job> job;
};

// Only the tests change it: CoSetCancelObject fails for objects other than the tests' calls.
std::atomic<bool> refuse_barriers{false};

HRESULT WINAPI SetCancelObject(IUnknown* object) {
  if (refuse_barriers && object && !dynamic_cast<FakeCall*>(object)) return E_ACCESSDENIED;
  return com_cancel_CoSetCancelObject(object);
}

void NestedWithoutCancelObject(const std::shared_ptr<ComThread>& thread) {
  Outer outer(thread);
  std::atomic<bool> blocks{false};
  std::atomic<bool> done{false};
  const auto nested = Queue(thread, [&] {
    blocks = true;
    while (!done) SleepFor(1);
  });
  Check(Until([&] { return blocks.load(); }), "a nested job runs");
  for (const ULONG seconds : {0UL, 1UL}) {
    const HRESULT hr = ComThread::Cancel(thread->CurrentJob(), seconds);
    Check(hr == E_NOINTERFACE, "C14 C15 a nested job without a cancel object: E_NOINTERFACE", hr);
  }
  Job::Cancel(nested);
  SleepFor(300);
  Check(outer.call->cancels == 0, "C15 the call around it is not canceled", outer.call->cancels);
  const HRESULT hr = ComThread::Cancel(outer.job, 0);
  Check(hr == S_OK && outer.call->cancels == 1, "C15 its own job cancels it meanwhile", hr);
  done = true;
  Check(Ends(nested), "the nested job ends");
  Check(ComThread::Cancel(outer.job, 0) == S_OK && outer.call->cancels == 2, "and afterwards");
  outer.End();
}

void EachLevelForItself(const std::shared_ptr<ComThread>& thread) {
  const auto first = NewCall();
  const auto second = NewCall();
  const auto third = NewCall();
  const auto serve = [&](const ComPtr<FakeCall>& call, std::atomic<bool>& done) {
    call->Register();
    thread->ServeUntil([&] { return done.load(); }, 1);
    call->Unregister();
  };
  std::atomic<bool> first_done{false};
  std::atomic<bool> second_done{false};
  const auto job1 = Queue(thread, [&] { serve(first, first_done); });
  const auto job2 = Queue(thread, [&] { serve(second, second_done); });
  const auto job3 = Queue(thread, [&] { third->Block(); });
  Check(Until([&] { return third->blocks.load(); }), "three levels are nested");
  const auto counts = [&] { return first->cancels * 100 + second->cancels * 10 + third->cancels; };
  Check(ComThread::Cancel(job1, 0) == S_OK && counts() == 100, "C15 the outermost of three is canceled",
        counts());
  Check(ComThread::Cancel(job2, 1) == S_OK && counts() == 110, "C15 the middle one is canceled", counts());
  Check(ComThread::Cancel(job3, 0) == S_OK && counts() == 111, "C15 the innermost one is canceled", counts());
  Check(ComThread::Cancel(job3, 1) == S_OK && counts() == 112, "C15 and with a timeout", counts());
  third->Return();
  Check(Ends(job3) && Ends(Queue(thread, [] {})), "the innermost job ends, and another runs");
  Check(ComThread::Cancel(job3, 0) == E_NOINTERFACE && counts() == 112,
        "C12 a job that is over is not canceled");
  second_done = true;
  Check(Ends(job2), "the middle job ends");
  first_done = true;
  Check(Ends(job1), "the outermost job ends");
  const ULONG references = first->References() + second->References() + third->References();
  Check(references == 3, "O2 references balance", references);
}

// A direct call registers nothing (C14), and the job around it has a call.
void DirectCallInBetween(const std::shared_ptr<ComThread>& thread) {
  Outer outer(thread);
  Outer direct(thread, false);
  const auto innermost = NewCall();
  const auto job = Queue(thread, [&] { innermost->Block(); });
  Check(Until([&] { return innermost->blocks.load(); }), "a call is nested in a direct call");
  const HRESULT hr = ComThread::Cancel(direct.job, 0);
  Check(hr == E_NOINTERFACE && outer.call->cancels == 0,
        "C14 C15 a direct call that is nested: E_NOINTERFACE", hr);
  Check(ComThread::Cancel(outer.job, 0) == S_OK && outer.call->cancels == 1,
        "C15 the call around it is canceled");
  Check(innermost->cancels == 0, "C15 the call inside it is not");
  innermost->Return();
  Check(Ends(job), "the innermost job ends");
  direct.End();
  outer.End();
}

void RefusedBarrier(const std::shared_ptr<ComThread>& thread) {
  Outer outer(thread);
  refuse_barriers = true;
  const auto nested = NewCall();
  const auto job = Queue(thread, [&] { nested->Block(); });
  Check(Until([&] { return nested->blocks.load(); }), "a nested job without a barrier runs");
  const HRESULT hr = ComThread::Cancel(job, 0);
  Check(hr == E_NOINTERFACE, "C15 without a barrier, the nested job is not cancelable", hr);
  Check(nested->cancels + outer.call->cancels == 0, "C15 and nothing was canceled");
  Check(ComThread::Cancel(outer.job, 0) == S_OK && outer.call->cancels == 1, "C15 the outer one is");
  refuse_barriers = false;
  nested->Return();
  Check(Ends(job), "it ends");
  outer.End();
}

// Code that leaves its cancel object behind: the barrier is not on top any more.
void ForeignObjectOnTop(const std::shared_ptr<ComThread>& thread) {
  Outer outer(thread);
  const auto left = NewCall();
  Check(Ends(Queue(thread, [&] { left->Register(); })), "a nested job leaves an object on top");
  Check(left->References() == 2, "O2 it is not unregistered in place of the barrier", left->References());
  const auto clean = [] {
    // The barrier of this job, the object, and the barrier below it.
    for (int i = 0; i < 3; ++i) Ole32::Get().SetCancelObject(nullptr);
  };
  Check(Ends(Queue(thread, clean)) && left->References() == 1, "another job unregisters it",
        left->References());
  Check(ComThread::Cancel(outer.job, 0) == S_OK && outer.call->cancels == 1,
        "the outer call can be canceled");
  outer.End();
}

// A release is nested in a job: by ServeUntil, which releases pointers that were dropped.
void NestedRelease(const std::shared_ptr<ComThread>& thread) {
  Outer outer(thread);
  const auto release = NewCall();
  std::atomic<DWORD> pending{0};
  auto object = TakeOver(new Released([&] {
    release->Block();
    ComPtr<IMessageFilter> filter;
    CoRegisterMessageFilter(nullptr, filter.GetAddressOf());
    if (filter) pending = filter->MessagePending(nullptr, 0, PENDINGTYPE_TOPLEVEL);
    CoRegisterMessageFilter(filter.Get(), nullptr);
  }));
  const PointerId id = thread->pointers().Add(object.Get());
  object.Reset();
  thread->RemovePointer(id);
  Check(Until([&] { return release->blocks.load(); }), "a release is nested in a call");
  const HRESULT hr = ComThread::Cancel(thread->CurrentJob(), 0);
  Check(hr == S_OK && outer.call->cancels == 1, "C15 thread.cancel() reaches the call of the job", hr);
  Job::Cancel(outer.job);
  Check(Until([&] { return outer.call->cancels > 3; }), "C15 a cancel of the outer job is repeated",
        outer.call->cancels);
  Check(release->cancels == 0, "C15 the release is not canceled", release->cancels);
  release->Return();
  Check(Until([&] { return pending != 0; }), "the release returns");
  Check(pending == PENDINGMSG_WAITDEFPROCESS, "C15 M1 the message filter does not cancel it", pending);
  // Outside the release, the thread is in the call of a canceled job.
  std::atomic<int> nested{-1};
  Check(Ends(Queue(thread, [&] { nested = thread->IsCallCanceled() ? 1 : 0; })), "a nested job runs");
  Check(nested == 0, "C15 M1 the call of a nested job that was not canceled is not canceled", nested);
  outer.End();
}

// A wait in an incoming call that ends by an exception: nothing of it may stay behind.
void WaitThatThrows(const std::shared_ptr<ComThread>& thread) {
  std::atomic<int> asked{0};
  std::atomic<bool> caught{false};
  const auto job = Queue(thread, [&] {
    try {
      thread->ServeUntil(
          [&]() -> bool {
            ++asked;
            throw std::bad_alloc();
          },
          1);
    } catch (const std::bad_alloc&) {
      caught = true;
    }
    int turns = 0;
    thread->ServeUntil([&] { return ++turns == 3; }, 1);
  });
  Check(Ends(job) && caught, "a wait that throws ends");
  Check(asked == 1, "it is not asked again by a later wait", asked);
}

void Filter(const std::shared_ptr<ComThread>& thread) {
  std::atomic<int> answer{-1};
  std::shared_ptr<Job> job;
  std::atomic<bool> known{false};
  job = Queue(thread, [&] {
    while (!known) SleepFor(1);
    Check(!thread->IsCallCanceled(), "M1 the call of a job is not canceled");
    Job::Cancel(job);
    answer = thread->IsCallCanceled() ? 1 : 0;
  });
  known = true;
  Check(Ends(job) && answer == 1, "M1 the call of a canceled job is canceled", answer);
}

void Retries(const std::shared_ptr<ComThread>& thread, const std::shared_ptr<ComThread>& disabled) {
  const auto attempts = [](const std::shared_ptr<ComThread>& on, HRESULT answer, DWORD grace) {
    const auto call = NewCall(answer);
    const auto job = Queue(
        on, [&] { call->Block(); }, grace);
    Check(Until([&] { return call->blocks.load(); }), "a call blocks");
    Job::Cancel(job);
    SleepFor(1500);
    const int count = call->cancels;
    call->Return();
    Check(Ends(job), "and returns");
    return count;
  };
  const int hurried = attempts(thread, E_NOTIMPL, 60'000);
  Check(hurried > 14, "C12 within the grace period a cancel is repeated every 50 ms at least", hurried);
  const int slow = attempts(thread, E_NOTIMPL, 0);
  // At 0, 1, 3, 7, ... 1023 ms: 11 attempts in 1500 ms.
  Check(slow >= 5 && slow <= 12, "C12 after it, the pauses grow to one second", slow);
  const int refused = attempts(disabled, CO_E_CANCEL_DISABLED, 60'000);
  Check(refused == 1, "C3 C12 E5 CO_E_CANCEL_DISABLED ends the repetition", refused);
}

void ClosedThread() {
  const auto thread = Start(true);
  const auto release = NewCall();
  {
    const auto object = TakeOver(new Released([&] { release->Block(true); }));
    thread->pointers().Add(object.Get());
  }
  const auto call = NewCall();
  const auto job = Queue(thread, [&] { call->Block(true); });
  Check(Until([&] { return call->blocks.load(); }), "a call blocks a thread");
  thread->Close();
  Check(Ends(job) && call->cancels > 0, "a thread that is closed cancels its running job at once");
  Check(Until([&] { return release->blocks.load(); }), "and releases its pointers");
  const auto begun = Clock::now();
  SleepFor(3000);
  Check(release->cancels == 0, "C15 a release is not canceled while it is short", release->cancels);
  Check(WaitForSingleObject(thread->handle(), 60'000) == WAIT_OBJECT_0,
        "one that blocks for long is canceled");
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begun).count();
  Check(release->cancels == 1 && seconds >= 9, "after ten seconds", seconds);
}

}  // namespace

int main() {
  StandInFamily family = stand_in_family;
  family.functions.SetCancelObject = SetCancelObject;
  Ole32::SetStandIn(family);
  const bool stand_in = Ole32::Get().entry_points()[4].provider == Provider::kStandIn;
  for (const bool single_threaded : {true, false}) {
    std::printf("in the %s\n", single_threaded ? "STA" : "MTA");
    const auto thread = Start(single_threaded);
    const auto disabled = Start(single_threaded, false);
    NestedWithoutCancelObject(thread);
    EachLevelForItself(thread);
    DirectCallInBetween(thread);
    if (stand_in) RefusedBarrier(thread);
    ForeignObjectOnTop(thread);
    if (single_threaded) NestedRelease(thread);
    WaitThatThrows(thread);
    Filter(thread);
    Retries(thread, disabled);
    End(thread);
    End(disabled);
  }
  ClosedThread();
  std::printf("%d checks, %d failed\n", checks.load(), failures.load());
  return failures == 0 ? 0 : 1;
}
