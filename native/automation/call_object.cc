// Call objects: their creation, their completion, and their cancellation.
#include "automation/call_object.h"

#include <wrl/client.h>

#include <atomic>
#include <functional>
#include <new>
#include <utility>

#include "host/counted_object.h"
#include "host/pool.h"
#include "host/returned.h"
#include "threads/busy.h"
#include "threads/own_objects.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// For how long a call object is asked every 50 ms at least; later once a second at least.
constexpr DWORD kHurry = 60'000;

// {B1C7E0A4-5D6E-4B0A-8A6C-0E4C6E1A9D37}, which identifies a CallObject.
constexpr IID kIsCallObject = {0xb1c7e0a4, 0x5d6e, 0x4b0a, {0x8a, 0x6c, 0x0e, 0x4c, 0x6e, 0x1a, 0x9d, 0x37}};

}  // namespace

// Stands for a server's call object, whose interfaces it has. It aggregates the call object, which then
// signals the ISynchronize of this object (ICallFactory::CreateCall page). A call object that refuses to be
// aggregated is asked from time to time whether it is signaled, from the Begin_ on.
class CallObject final : public CountedObject<ISynchronize>, public OwnObject {
 public:
  CallObject(ComThread& home, std::shared_ptr<CallListener> listener)
      : home_(home.shared_from_this()), listener_(std::move(listener)) {}

  // Fills `inner`, the call object's own IUnknown. `create` gets the controlling IUnknown: null for a call
  // object that is not aggregated.
  HRESULT Create(const std::function<HRESULT(IUnknown* outer, IUnknown** inner)>& create) {
    HRESULT hr = Returned(create(this, inner_.GetAddressOf()), inner_);
    if (hr == CLASS_E_NOAGGREGATION) {
      hr = Returned(create(nullptr, inner_.GetAddressOf()), inner_);
      aggregated_ = false;
    } else if (SUCCEEDED(hr)) {
      aggregated_ = IsAggregated();
    }
    own_id_ = home_->own_objects().Add(this);
    return hr;
  }

  bool HasSynchronize() {
    ComPtr<ISynchronize> own;
    return SUCCEEDED(Query(inner_.Get(), own));
  }

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    if (!object) return E_POINTER;
    if (iid == IID_IUnknown || iid == kIsCallObject || (aggregated_ && iid == IID_ISynchronize)) {
      *object = static_cast<ISynchronize*>(this);
      AddRef();
      return S_OK;
    }
    *object = nullptr;
    return inner_ ? inner_->QueryInterface(iid, object) : E_NOINTERFACE;
  }

  // ISynchronize, of an aggregated call object: its own is what Finish_ may wait for.
  HRESULT STDMETHODCALLTYPE Wait(DWORD flags, DWORD milliseconds) override {
    return WithOwn([&](ISynchronize* own) { return own->Wait(flags, milliseconds); });
  }
  HRESULT STDMETHODCALLTYPE Signal() override {
    const HRESULT hr = WithOwn([](ISynchronize* own) { return own->Signal(); });
    try {
      NoteComplete();
    } catch (const std::bad_alloc&) {
      return E_OUTOFMEMORY;  // no exception may cross COM
    }
    return hr;
  }
  HRESULT STDMETHODCALLTYPE Reset() override {
    return WithOwn([](ISynchronize* own) { return own->Reset(); });
  }

  ComPtr<IUnknown> Reference() override {
    return AddRefUnlessLast() ? TakeOver<IUnknown>(static_cast<ISynchronize*>(this)) : nullptr;
  }

  // The server may keep the call object until a pending call has ended.
  void Disconnect() override {
    ComPtr<ICancelMethodCalls> cancel;
    if (progress_ != Progress::kIdle && SUCCEEDED(Query(inner_.Get(), cancel))) cancel->Cancel(0);
  }

  // A Begin_ is about to be called. Returns whether a call was pending already.
  bool ExpectSignal() {
    Progress idle = Progress::kIdle;
    return !progress_.compare_exchange_strong(idle, Progress::kBeginning);
  }
  void ExpectNoSignal() { progress_ = Progress::kIdle; }
  // The Begin_ has succeeded, which may have signaled.
  void Watch() {
    Progress beginning = Progress::kBeginning;
    if (!progress_.compare_exchange_strong(beginning, Progress::kPending)) {
      Progress early = Progress::kSignaledEarly;
      if (progress_.compare_exchange_strong(early, Progress::kIdle)) listener_->Signaled();
      return;
    }
    if (aggregated_) return;
    const auto poll = std::make_shared<Poll>(home_, own_id_);
    const auto again = [poll] {
      try {
        return Poll::Again(poll);
      } catch (const std::bad_alloc&) {
        return true;  // later, if the system has memory then
      }
    };
    if (!pool::Repeat(again, kHurry)) throw std::bad_alloc();
  }

 private:
  enum class Progress { kIdle, kBeginning, kSignaledEarly, kPending };

  // A server that ignores the controlling IUnknown may return S_OK, and signals its own ISynchronize.
  bool IsAggregated() {
    ComPtr<ISynchronize> own;
    ComPtr<IUnknown> identity;
    return SUCCEEDED(Query(inner_.Get(), own)) && SUCCEEDED(Query(own.Get(), identity)) &&
           identity.Get() == static_cast<ISynchronize*>(this);
  }

  // Asks a call object whether it is signaled, on a thread of its apartment.
  struct Poll {
    Poll(std::shared_ptr<ComThread> thread, OwnObjectId id) : home(std::move(thread)), object(id) {}

    // On the system's thread pool. False when there is nothing more to ask.
    static bool Again(const std::shared_ptr<Poll>& poll) {
      if (poll->job && !poll->job->over()) return true;  // the thread is busy
      if (poll->ended || poll->home->closed()) return false;
      auto job = std::make_shared<Job>(
          JobId{}, nullptr,
          [weak = std::weak_ptr<Poll>(poll)](const Job&) {
            if (const auto asking = weak.lock()) asking->ended = !StillPending(*asking);
            return Job::Result{};
          },
          JobLimits{poll->home->options().grace});
      poll->home->Queue(job);
      poll->job = std::move(job);
      return true;
    }

    const std::shared_ptr<ComThread> home;
    const OwnObjectId object;
    std::shared_ptr<Job> job;  // of the thread pool only
    std::atomic<bool> ended{false};
  };

  ~CallObject() override {
    home_->own_objects().Remove(own_id_);
    // The inner object may take and release references on this one while it is destroyed.
    AddRef();
    inner_.Reset();
  }

  static bool StillPending(const Poll& poll) {
    // Null once the call object was released.
    const ComPtr<IUnknown> found = poll.home->own_objects().Find(poll.object);
    if (!found) return false;
    auto* const call = static_cast<CallObject*>(static_cast<ISynchronize*>(found.Get()));
    if (call->WithOwn([](ISynchronize* own) { return own->Wait(0, 0); }) == RPC_S_CALLPENDING) return true;
    call->NoteComplete();
    return false;
  }

  // A signal counts once, and not before the Begin_ has succeeded.
  void NoteComplete() {
    Progress beginning = Progress::kBeginning;
    if (progress_.compare_exchange_strong(beginning, Progress::kSignaledEarly)) return;
    Progress pending = Progress::kPending;
    if (progress_.compare_exchange_strong(pending, Progress::kIdle)) listener_->Signaled();
  }

  template <typename Function>
  HRESULT WithOwn(const Function& function) {
    if (!inner_) return E_UNEXPECTED;  // it is being created or destroyed
    ComPtr<ISynchronize> own;
    const HRESULT hr = Query(inner_.Get(), own);
    return FAILED(hr) ? hr : function(own.Get());
  }

  const std::shared_ptr<ComThread> home_;
  const std::shared_ptr<CallListener> listener_;
  ComPtr<IUnknown> inner_;
  bool aggregated_ = true;
  OwnObjectId own_id_{};
  std::atomic<Progress> progress_{Progress::kIdle};
};

namespace {

// Carries out one method of a call object's interface.
template <typename Interface, typename Method>
std::unique_ptr<Outcome> CallOn(ComThread& home, const Pointer& call, const Job& job, const Method& method) {
  ComPtr<Interface> found;
  const HRESULT hr = Resolve(call, IID_PPV_ARGS(&found));
  return OutcomeOf(FAILED(hr) ? hr : RetryWhileBusy(home, job, [&] { return method(found.Get()); }));
}

}  // namespace

std::unique_ptr<Outcome> CreateCall(ComThread& home, const Pointer& object, REFIID iid,
                                    std::shared_ptr<CallListener> listener, const Job& job) {
  ComPtr<ICallFactory> factory;
  HRESULT hr = Resolve(object, IID_PPV_ARGS(&factory));
  if (FAILED(hr)) return OutcomeOf(hr);
  if (job.canceled()) return OutcomeOf(RPC_E_CALL_CANCELED);
  const auto call = TakeOver(new CallObject(home, std::move(listener)));
  hr = call->Create([&](IUnknown* outer, IUnknown** inner) {
    return RetryWhileBusy(home, job, [&] { return factory->CreateCall(iid, outer, IID_IUnknown, inner); });
  });
  if (FAILED(hr)) return OutcomeOf(hr);
  auto outcome = std::make_unique<Outcome>();
  if (call->HasSynchronize()) {
    outcome->value = Value{ValueType::kUnknown, Hold(home, call.Get())};
  } else {
    outcome->hresult = E_NOINTERFACE;
    outcome->exception = ExceptionText{u"", u"the call object has no ISynchronize", u"", 0};
  }
  return outcome;
}

std::unique_ptr<Outcome> CancelAsyncCall(ComThread& home, const Pointer& call, ULONG seconds,
                                         const Job& job) {
  return CallOn<ICancelMethodCalls>(home, call, job,
                                    [&](ICancelMethodCalls* found) { return found->Cancel(seconds); });
}

std::unique_ptr<Outcome> TestAsyncCall(ComThread& home, const Pointer& call, const Job& job) {
  return CallOn<ICancelMethodCalls>(home, call, job,
                                    [](ICancelMethodCalls* found) { return found->TestCancel(); });
}

std::unique_ptr<Outcome> WaitForAsyncCall(ComThread& home, const Pointer& call, const Job& job) {
  return CallOn<ISynchronize>(home, call, job, [](ISynchronize* found) { return found->Wait(0, 0); });
}

Beginning::Beginning(ComThread& home, const Pointer& object) {
  ComPtr<IUnknown> held;
  ComPtr<IUnknown> found;
  if (FAILED(home.pointers().Find(object.id(), held)) ||
      FAILED(held->QueryInterface(kIsCallObject, reinterpret_cast<void**>(found.GetAddressOf()))) || !found)
    return;
  call_ = static_cast<CallObject*>(static_cast<ISynchronize*>(found.Get()));
  pending_ = call_->ExpectSignal();
}

Beginning::~Beginning() {
  if (call_ && !pending_) call_->ExpectNoSignal();
}

void Beginning::Keep() {
  const auto call = std::move(call_);
  if (call) call->Watch();
}

}  // namespace com_cancel
