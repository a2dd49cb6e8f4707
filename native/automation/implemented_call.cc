// ImplementedCall, a call object of an object that JavaScript implements.
#include "automation/implemented_call.h"

#include <wrl/client.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <optional>
#include <utility>

#include "automation/incoming_arguments.h"
#include "automation/pointer.h"
#include "host/counted_object.h"
#include "host/multithreaded_apartment.h"
#include "host/pool.h"
#include "host/returned.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// CLSID_ManualResetEvent, the system's ISynchronize.
constexpr CLSID kManualResetEvent = {0x0000032C, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

// The base is the object's own IUnknown. The IUnknown of its interfaces is that of the object which
// aggregates it, if there is one. The interfaces are the asynchronous one, whose methods do not block,
// ISynchronize and ICancelMethodCalls.
class ImplementedCall final : public CountedObject<IUnknown>, private SlotTarget {
 public:
  ImplementedCall(ImplementationCalls calls, IUnknown* object,
                  std::shared_ptr<const ImplementedInterface> implemented, IUnknown* outer)
      : calls_(std::move(calls)),
        object_(object),
        implemented_(std::move(implemented)),
        outer_(outer ? outer : this) {}

  HRESULT MakeEvent() {
    return Returned(CoCreateInstance(kManualResetEvent, outer_, CLSCTX_INPROC_SERVER, IID_IUnknown,
                                     reinterpret_cast<void**>(event_.GetAddressOf())),
                    event_);
  }

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (iid == IID_ISynchronize && event_) return event_->QueryInterface(iid, object);
    if (iid == implemented_->async_iid()) *object = slots_.interface_pointer();
    if (iid == IID_ICancelMethodCalls) *object = static_cast<ICancelMethodCalls*>(&cancel_);
    if (!*object) return CountedObject::QueryInterface(iid, object);
    outer_->AddRef();
    return S_OK;
  }

 private:
  class CancelMethods final : public ICancelMethodCalls {
   public:
    explicit CancelMethods(ImplementedCall& call) : call_(call) {}

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
      return call_.outer_->QueryInterface(iid, object);
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return call_.outer_->AddRef(); }
    ULONG STDMETHODCALLTYPE Release() override { return call_.outer_->Release(); }
    HRESULT STDMETHODCALLTYPE Cancel(ULONG seconds) override { return call_.Cancel(seconds); }
    HRESULT STDMETHODCALLTYPE TestCancel() override { return call_.TestCancel(); }

   private:
    ImplementedCall& call_;
  };

  enum class State { kIdle, kPending, kComplete };

  IUnknown* Controlling() noexcept override { return outer_; }

  HRESULT CallSlot(unsigned slot, SlotArguments& arguments) noexcept override {
    try {
      const ImplementedMethod& method = implemented_->AsyncMethodAt(slot);
      return slot == method.begin.slot ? Begin(method, arguments) : Finish(method, arguments);
    } catch (const std::bad_alloc&) {
      return E_OUTOFMEMORY;
    } catch (...) {
      return E_UNEXPECTED;  // no exception may cross COM
    }
  }

  HRESULT Begin(const ImplementedMethod& method, SlotArguments& arguments) {
    const IncomingArguments incoming(method.begin, arguments);
    if (calls_.home->closed()) return RPC_E_DISCONNECTED;
    const auto call = calls_.New(DISPID_VALUE, DISPATCH_METHOD);
    {
      const Guard guard(lock_);
      // Until Finish_, each further Begin_ is refused (A2, A5).
      if (state_ != State::kIdle) return RPC_S_CALLPENDING;
      state_ = State::kPending;
      method_ = &method;
      canceled_ = false;
      call_ = call;
    }
    HRESULT hr = incoming.Check();
    if (SUCCEEDED(hr)) hr = incoming.Read(PointersOf(*calls_.home), call->args);
    if (SUCCEEDED(hr)) hr = Post(method, call);
    if (FAILED(hr)) {
      const Guard guard(lock_);
      state_ = State::kIdle;
      call_ = nullptr;
    }
    return hr;
  }

  HRESULT Post(const ImplementedMethod& method, const std::shared_ptr<IncomingCall>& call) {
    ComPtr<ISynchronize> event;
    if (SUCCEEDED(event_.As(&event))) event->Reset();
    call->method = SlotId{implemented_->async_iid(), method.begin.slot};
    // The call holds a reference until it has its reply.
    call->WhenReplied([this, keep = ComPtr<IUnknown>(outer_), key = call->key](Reply reply) {
      // Not on the JavaScript thread, which may be in no apartment: what Signal does is up to the object that
      // aggregates this one.
      const auto shared = std::make_shared<Reply>(std::move(reply));
      const auto complete = [this, keep, key, shared] {
        const MultithreadedApartment apartment;
        Complete(key, std::move(*shared));
      };
      if (!pool::Run(complete)) complete();
    });
    if (calls_.receiver->PostIncoming(call)) return S_OK;
    call->DropReplied();
    return RPC_E_DISCONNECTED;
  }

  // False for a call that is complete, or is not the last one.
  bool Complete(CallKey key, Reply reply) {
    {
      const Guard guard(lock_);
      if (state_ != State::kPending || call_->key != key) return false;
      SetReply(std::move(reply));
    }
    AnnounceCompletion();
    return true;
  }

  // With the lock.
  void SetReply(Reply reply) {
    state_ = State::kComplete;
    reply_ = std::move(reply);
  }

  void AnnounceCompletion() {
    calls_.home->WakeServers();
    ComPtr<ISynchronize> event;
    if (SUCCEEDED(Query(outer_, event))) event->Signal();
  }

  // Until the call is complete, or for so many milliseconds.
  void WaitForCompletion(DWORD milliseconds) {
    if (!calls_.home->InApartment()) {
      ComPtr<ISynchronize> event;
      if (SUCCEEDED(event_.As(&event))) event->Wait(0, milliseconds);
      return;
    }
    const auto until = Clock::now() + std::chrono::milliseconds(milliseconds);
    calls_.home->ServeUntil(
        [&] {
          if (calls_.receiver->closed() || (milliseconds != INFINITE && Clock::now() >= until)) return true;
          const Guard guard(lock_);
          return state_ != State::kPending;
        },
        kReplyPoll);
  }

  HRESULT Finish(const ImplementedMethod& method, SlotArguments& arguments) {
    const IncomingArguments incoming(method.finish, arguments);
    {
      const Guard guard(lock_);
      if (state_ == State::kIdle) return RPC_E_CALL_COMPLETE;
      if (method_ != &method) return E_UNEXPECTED;
    }
    const HRESULT checked = incoming.Check();
    if (FAILED(checked)) return checked;
    WaitForCompletion(INFINITE);  // A3
    std::optional<Reply> reply;
    {
      const Guard guard(lock_);
      if (state_ == State::kComplete) {
        reply = std::move(reply_);
        state_ = State::kIdle;
        call_ = nullptr;
      } else if (state_ == State::kIdle) {
        return RPC_E_CALL_COMPLETE;  // another thread has finished it
      }
    }
    return Deliver(reply, incoming, PointersOf(*calls_.home), implemented_->async_iid());
  }

  // The client gets the call back; the handler runs on until it looks.
  static Reply CanceledReply() {
    Reply reply;
    reply.hresult = RPC_E_CALL_CANCELED;
    return reply;
  }

  HRESULT Cancel(ULONG seconds) {
    std::shared_ptr<IncomingCall> call;
    {
      const Guard guard(lock_);
      if (WasCanceled()) return RPC_E_CALL_CANCELED;
      if (state_ != State::kPending) return RPC_E_CALL_COMPLETE;  // A6
      canceled_ = true;
      call = call_;
      // Before the handler learns of the cancel, which may end it at once: its result is dropped.
      if (seconds == 0) SetReply(CanceledReply());
    }
    const ComPtr<IUnknown> keep(outer_);
    call->canceled = true;
    if (seconds == 0) AnnounceCompletion();
    calls_.receiver->PostIncomingCanceled(call->key);
    if (seconds == 0) return S_OK;
    const bool forever = seconds == static_cast<ULONG>(RPC_C_CANCEL_INFINITE_TIMEOUT);
    constexpr ULONG kMost = (INFINITE - 1) / 1000;
    WaitForCompletion(forever ? INFINITE : (std::min)(seconds, kMost) * 1000);
    return Complete(call->key, CanceledReply()) ? S_OK : RPC_E_CALL_COMPLETE;
  }

  HRESULT TestCancel() {
    const Guard guard(lock_);
    if (WasCanceled()) return RPC_E_CALL_CANCELED;
    return state_ == State::kPending ? RPC_S_CALLPENDING : RPC_E_CALL_COMPLETE;
  }

  bool WasCanceled() const { return state_ != State::kIdle && canceled_; }

  const ImplementationCalls calls_;
  const ComPtr<IUnknown> object_;  // keeps the handlers
  const std::shared_ptr<const ImplementedInterface> implemented_;
  IUnknown* const outer_;
  SlotObject slots_{implemented_->async_vtable(), *this};
  CancelMethods cancel_{*this};
  ComPtr<IUnknown> event_;  // its own IUnknown

  Lock lock_;
  State state_ = State::kIdle;
  const ImplementedMethod* method_ = nullptr;
  bool canceled_ = false;
  std::shared_ptr<IncomingCall> call_;
  Reply reply_;
};

}  // namespace

HRESULT NewImplementedCall(const ImplementationCalls& calls, IUnknown* object,
                           std::shared_ptr<const ImplementedInterface> implemented, IUnknown* outer,
                           REFIID iid, IUnknown** call) {
  if (outer && iid != IID_IUnknown) return E_INVALIDARG;
  const auto made =
      TakeOver(new (std::nothrow) ImplementedCall(calls, object, std::move(implemented), outer));
  if (!made) return E_OUTOFMEMORY;
  const HRESULT hr = made->MakeEvent();
  return FAILED(hr) ? hr : made->QueryInterface(iid, reinterpret_cast<void**>(call));
}

}  // namespace com_cancel
