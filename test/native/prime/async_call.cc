// AsyncCall, the call object of Prime.Async. Its methods work on the system's thread pool.
#include "async_call.h"

#include <wrl/client.h>

#include <atomic>
#include <memory>
#include <new>
#include <utility>

#include "async_interfaces.h"
#include "host/alarms.h"
#include "host/counted_object.h"
#include "host/multithreaded_apartment.h"
#include "host/pool.h"
#include "state.h"
#include "test_cancel.h"

using com_cancel::Clock;
using com_cancel::Guard;
using com_cancel::MultithreadedApartment;
using Microsoft::WRL::ComPtr;

namespace prime {
namespace {

// CLSID_ManualResetEvent, the system's ISynchronize.
constexpr CLSID kManualResetEvent = {0x0000032C, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

std::atomic<HRESULT> last_test{S_OK};

// One call, which the call object shares with the thread that works for it: a canceled call works on while
// the call object may already carry out the next one.
struct Work {
  std::atomic<bool> canceled{false};
  com_cancel::alarms::Alarm alarm{};
};

// Counts a call, as canceled when it ended for that.
class CountedWork {
 public:
  explicit CountedWork(std::shared_ptr<Work> work) : work_(std::move(work)) {}
  ~CountedWork() {
    if (work_->canceled) call_.SetCanceled();
  }
  CountedWork(const CountedWork&) = delete;
  CountedWork& operator=(const CountedWork&) = delete;

 private:
  const std::shared_ptr<Work> work_;
  CountedCall call_{true};
};

// The base is the object's own IUnknown. The IUnknown of its interfaces is that of the object which
// aggregates it, if there is one.
class AsyncCall final : public com_cancel::CountedObject<IUnknown> {
 public:
  AsyncCall(Calls calls, IUnknown* outer) : calls_(calls), outer_(outer ? outer : this) {}

  // Aggregates the system's ISynchronize, as the book does.
  HRESULT MakeEvent() {
    return CoCreateInstance(kManualResetEvent, outer_, CLSCTX_INPROC_SERVER, __uuidof(IUnknown),
                            reinterpret_cast<void**>(event_.GetAddressOf()));
  }

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    if (!object) return E_POINTER;
    if (iid == __uuidof(ISynchronize) && event_) return event_->QueryInterface(iid, object);
    *object = nullptr;
    if (iid == kAsyncIPrime) *object = static_cast<AsyncIPrime*>(&methods_);
    if (iid == __uuidof(ICancelMethodCalls) && calls_ != Calls::kNotCancelable)
      *object = static_cast<ICancelMethodCalls*>(&methods_);
    if (!*object) return CountedObject::QueryInterface(iid, object);
    outer_->AddRef();
    return S_OK;
  }

 private:
  enum class Method { kNone, kIsPrime, kNumber, kBlock };

  class Methods final : public AsyncIPrime, public ICancelMethodCalls {
   public:
    explicit Methods(AsyncCall& call) : call_(call) {}

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
      return call_.outer_->QueryInterface(iid, object);
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return call_.outer_->AddRef(); }
    ULONG STDMETHODCALLTYPE Release() override { return call_.outer_->Release(); }

    HRESULT STDMETHODCALLTYPE Begin_IsPrime(LONG number) override {
      return call_.Begin(Method::kIsPrime, [call = &call_, number](const std::shared_ptr<Work>& work) {
        const CountedWork counted(work);
        LONG prime = 0;
        const auto canceled = [&] {
          last_test = prime::TestCancel();  // does not see the cancel of an asynchronous call (S6)
          return work->canceled.load();
        };
        const HRESULT hr = FindOutIfPrime(number, canceled, prime);
        call->Complete(work, hr, prime);
      });
    }
    HRESULT STDMETHODCALLTYPE Finish_IsPrime(LONG* prime) override {
      return call_.Finish(Method::kIsPrime, prime);
    }
    HRESULT STDMETHODCALLTYPE Begin_Number(LONG number, ULONG time) override {
      return call_.BeginLater(number, std::chrono::milliseconds(time));
    }
    HRESULT STDMETHODCALLTYPE Finish_Number(LONG* same) override {
      return call_.Finish(Method::kNumber, same);
    }
    HRESULT STDMETHODCALLTYPE Begin_Block(ULONG time) override {
      return call_.Begin(Method::kBlock, [call = &call_, time](const std::shared_ptr<Work>& work) {
        const CountedCall counted(true);
        Sleep(time);
        call->Complete(work, S_OK, 0);
      });
    }
    HRESULT STDMETHODCALLTYPE Finish_Block() override {
      LONG unused = 0;
      return call_.Finish(Method::kBlock, &unused);
    }

    HRESULT STDMETHODCALLTYPE Cancel(ULONG seconds) override { return call_.Cancel(seconds); }
    HRESULT STDMETHODCALLTYPE TestCancel() override { return call_.Test(); }

   private:
    AsyncCall& call_;
  };

  enum class State { kIdle, kPending, kComplete };

  // Until Finish_, each further Begin_ is refused (A2, A5).
  std::shared_ptr<Work> TakeUp(Method method) {
    if (state_ != State::kIdle) return nullptr;
    work_ = std::make_shared<Work>();
    state_ = State::kPending;
    method_ = method;
    ComPtr<ISynchronize> event;
    if (SUCCEEDED(event_.As(&event))) event->Reset();
    return work_;
  }

  HRESULT Begin(Method method, std::function<void(const std::shared_ptr<Work>&)> run) {
    const Guard guard(lock_);
    const auto work = TakeUp(method);
    if (!work) return RPC_S_CALLPENDING;
    // The thread holds a reference until it has ended.
    const bool submitted = com_cancel::pool::Run([keep = ComPtr<IUnknown>(outer_), work, run] {
      const MultithreadedApartment apartment;
      run(work);
    });
    if (!submitted) state_ = State::kIdle;
    return submitted ? S_OK : E_OUTOFMEMORY;
  }

  // Without a thread of its own, so that thousands may be pending.
  HRESULT BeginLater(LONG number, std::chrono::milliseconds time) {
    const Guard guard(lock_);
    const auto work = TakeUp(Method::kNumber);
    if (!work) return RPC_S_CALLPENDING;
    const auto counted = std::make_shared<CountedWork>(work);
    work->alarm = com_cancel::alarms::Set(
        Clock::now() + time,
        [this, keep = ComPtr<IUnknown>(outer_), work, counted, number] { Complete(work, S_OK, number); });
    return S_OK;
  }

  bool Complete(const std::shared_ptr<Work>& work, HRESULT result, LONG value) {
    {
      const Guard guard(lock_);
      if (work_ != work || state_ != State::kPending) return false;
      state_ = State::kComplete;
      result_ = result;
      value_ = value;
    }
    ComPtr<ISynchronize> event;
    if (SUCCEEDED(outer_->QueryInterface(IID_PPV_ARGS(&event)))) event->Signal();
    return true;
  }

  HRESULT WaitForEvent(DWORD time) {
    ComPtr<ISynchronize> event;
    const HRESULT hr = event_.As(&event);
    return FAILED(hr) ? hr : event->Wait(0, time);
  }

  HRESULT Finish(Method method, LONG* value) {
    if (!value) return E_POINTER;
    *value = 0;
    {
      const Guard guard(lock_);
      if (state_ == State::kIdle || method_ != method) return E_UNEXPECTED;
    }
    const HRESULT waited = WaitForEvent(INFINITE);
    if (FAILED(waited)) return waited;
    const Guard guard(lock_);
    if (state_ != State::kComplete) return E_UNEXPECTED;
    state_ = State::kIdle;
    if (SUCCEEDED(result_)) *value = value_;
    return result_;
  }

  HRESULT Cancel(ULONG seconds) {
    std::shared_ptr<Work> work;
    {
      const Guard guard(lock_);
      if (state_ != State::kPending) return WasCanceled() ? RPC_E_CALL_CANCELED : RPC_E_CALL_COMPLETE;
      if (work_->canceled.exchange(true) && seconds > 0) return RPC_E_CALL_CANCELED;
      work = work_;
    }
    const bool forever = seconds == static_cast<ULONG>(RPC_C_CANCEL_INFINITE_TIMEOUT);
    if (seconds > 0 && SUCCEEDED(WaitForEvent(forever ? INFINITE : seconds * 1000)))
      return RPC_E_CALL_COMPLETE;
    // The client gets the call back; the method runs on until it looks.
    if (!Complete(work, RPC_E_CALL_CANCELED, 0)) return RPC_E_CALL_COMPLETE;
    com_cancel::alarms::Cancel(work->alarm);
    return S_OK;
  }

  HRESULT Test() {
    const Guard guard(lock_);
    if (WasCanceled()) return RPC_E_CALL_CANCELED;
    return state_ == State::kPending ? RPC_S_CALLPENDING : RPC_E_CALL_COMPLETE;
  }

  bool WasCanceled() const { return state_ != State::kIdle && work_->canceled; }

  const Calls calls_;
  IUnknown* const outer_;
  Methods methods_{*this};
  ComPtr<IUnknown> event_;  // its own IUnknown

  com_cancel::Lock lock_;
  State state_ = State::kIdle;
  Method method_ = Method::kNone;
  std::shared_ptr<Work> work_;  // of the last call
  HRESULT result_ = S_OK;
  LONG value_ = 0;
};

}  // namespace

HRESULT NewAsyncCall(Calls calls, IUnknown* outer, REFIID iid, IUnknown** call) {
  *call = nullptr;
  if (outer && calls == Calls::kNotAggregatable) return CLASS_E_NOAGGREGATION;
  if (outer && iid != __uuidof(IUnknown)) return E_INVALIDARG;
  const auto made = com_cancel::TakeOver(new (std::nothrow) AsyncCall(calls, outer));
  if (!made) return E_OUTOFMEMORY;
  const HRESULT hr = made->MakeEvent();
  return FAILED(hr) ? hr : made->QueryInterface(iid, reinterpret_cast<void**>(call));
}

HRESULT FindOutIfPrime(LONG number, const std::function<bool()>& canceled, LONG& prime) {
  constexpr LONG kStepsBetweenPolls = 0x4000;  // well below a millisecond
  const LONG half = number / 2 + 1;
  prime = number >= 2 ? 1 : 0;
  for (LONG count = 2; prime && count < half; ++count) {
    if (count % kStepsBetweenPolls == 0 && canceled()) return RPC_E_CALL_CANCELED;
    if (number % count == 0) prime = 0;
  }
  return S_OK;
}

HRESULT LastTest() { return last_test; }

}  // namespace prime
