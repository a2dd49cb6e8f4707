// Tests of call objects that break the rules of asynchronous calls, and of their lifetime: no server is
// needed.
//
// It prints a line for each check. The exit code is 1 when one failed.
#include <wrl/client.h>

#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <utility>

#include "automation/operation.h"
#include "checks.h"
#include "host/counted_object.h"
#include "host/ole32.h"
#include "standin/functions.h"
#include "threads/com_thread.h"

using namespace com_cancel;
using Microsoft::WRL::ComPtr;

namespace {

// {5A7B9F31-0C44-4E0B-9D58-6B1F7A0E2C93}
constexpr IID kAsync = {0x5a7b9f31, 0x0c44, 0x4e0b, {0x9d, 0x58, 0x6b, 0x1f, 0x7a, 0x0e, 0x2c, 0x93}};

class NoMailbox final : public Mailbox {
 public:
  void PostJobDone(JobId, HRESULT, std::unique_ptr<JobResult>, const Cancellation&) override {}
  void PostJobOverdue(JobId, const Cancellation&) override {}
  void PostDone(CallbackId, HRESULT) override {}
  void PostThreadEnded(ComThreadId) override {}
};

class Listener final : public CallListener {
 public:
  explicit Listener(std::atomic<int>& alive, std::atomic<int>& signals) : alive_(alive), signals_(signals) {
    ++alive_;
  }
  ~Listener() override { --alive_; }
  void Signaled() override { ++signals_; }

 private:
  std::atomic<int>& alive_;
  std::atomic<int>& signals_;
};

// The methods of the asynchronous interface, from slot 3.
struct AsyncMethods : public IUnknown {
  virtual HRESULT STDMETHODCALLTYPE Begin(VARIANT* value) = 0;
  virtual HRESULT STDMETHODCALLTYPE Finish() = 0;
};

// How a call object behaves.
struct Behavior {
  bool aggregated = true;
  bool has_synchronize = true;
  int signals = 1;  // how often Begin_ signals
  HRESULT begin = S_OK;
  HRESULT finish = S_OK;
  int finishes = 0;
  bool keeps = false;  // Begin_ keeps the call object until a cancel
};

// Its own IUnknown is the base. Begin_ completes at once.
class Inner final : public CountedObject<IUnknown> {
 public:
  Inner(Behavior& behavior, IUnknown* outer) : behavior_(behavior), outer_(outer ? outer : this) {}

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    *object = nullptr;
    if (iid == kAsync) *object = static_cast<AsyncMethods*>(&methods_);
    if (iid == IID_ICancelMethodCalls) *object = static_cast<ICancelMethodCalls*>(&cancel_);
    if (iid == IID_ISynchronize && behavior_.has_synchronize) *object = static_cast<ISynchronize*>(&event_);
    if (!*object) return CountedObject::QueryInterface(iid, object);
    outer_->AddRef();
    return S_OK;
  }

 private:
  // As objects do that release what they hold of themselves.
  ~Inner() override {
    if (outer_ == this) return;
    outer_->AddRef();
    outer_->Release();
  }

  template <typename Interface>
  class Part : public Interface {
   public:
    explicit Part(Inner& inner) : inner_(inner) {}
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
      return inner_.outer_->QueryInterface(iid, object);
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return inner_.outer_->AddRef(); }
    ULONG STDMETHODCALLTYPE Release() override { return inner_.outer_->Release(); }

   protected:
    Inner& inner_;
  };
  class Methods final : public Part<AsyncMethods> {
   public:
    using Part::Part;
    HRESULT STDMETHODCALLTYPE Begin(VARIANT* value) override {
      if (V_VT(value) != VT_ERROR || V_ERROR(value) != DISP_E_PARAMNOTFOUND) return E_INVALIDARG;
      if (inner_.behavior_.keeps) inner_.keep_ = inner_.outer_;
      for (int time = 0; time < inner_.behavior_.signals; ++time) {
        ComPtr<ISynchronize> event;
        if (SUCCEEDED(inner_.outer_->QueryInterface(IID_PPV_ARGS(&event)))) event->Signal();
      }
      return inner_.behavior_.begin;
    }
    HRESULT STDMETHODCALLTYPE Finish() override {
      ++inner_.behavior_.finishes;
      return inner_.behavior_.finish;
    }
  };
  class CancelMethods final : public Part<ICancelMethodCalls> {
   public:
    using Part::Part;
    HRESULT STDMETHODCALLTYPE Cancel(ULONG) override {
      inner_.keep_.Reset();
      return S_OK;
    }
    HRESULT STDMETHODCALLTYPE TestCancel() override { return RPC_S_CALLPENDING; }
  };
  class Event final : public Part<ISynchronize> {
   public:
    using Part::Part;
    HRESULT STDMETHODCALLTYPE Wait(DWORD, DWORD) override { return signaled_ ? S_OK : RPC_S_CALLPENDING; }
    HRESULT STDMETHODCALLTYPE Signal() override {
      signaled_ = true;
      return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Reset() override {
      signaled_ = false;
      return S_OK;
    }

   private:
    std::atomic<bool> signaled_{false};
  };

  Behavior& behavior_;
  IUnknown* const outer_;
  ComPtr<IUnknown> keep_;
  Methods methods_{*this};
  CancelMethods cancel_{*this};
  Event event_{*this};
};

class Server final : public CountedObject<ICallFactory> {
 public:
  HRESULT STDMETHODCALLTYPE CreateCall(REFIID, IUnknown* outer, REFIID iid, IUnknown** call) override {
    ++creations;
    *call = nullptr;
    if (FAILED(failure) || nothing) return failure;
    if (outer && !behavior.aggregated) return CLASS_E_NOAGGREGATION;
    // The object that aggregates has no other interface yet.
    if (outer) {
      ComPtr<IUnknown> found;
      asked = outer->QueryInterface(kAsync, reinterpret_cast<void**>(found.GetAddressOf()));
    }
    const auto made = TakeOver(new Inner(behavior, outer));
    return made->QueryInterface(iid, reinterpret_cast<void**>(call));
  }

  Behavior behavior;
  HRESULT failure = S_OK;
  bool nothing = false;
  int creations = 0;
  HRESULT asked = S_OK;
};

class Fixture {
 public:
  explicit Fixture(bool single_threaded) {
    ThreadOptions options;
    options.single_threaded = single_threaded;
    options.busy_retry = 1'000;
    thread_ = ComThread::Start(options, std::make_shared<NoMailbox>(), ComThreadId{1}, CallbackId{1});
  }
  ~Fixture() {
    thread_->Close();
    Check(WaitForSingleObject(thread_->handle(), 60'000) == WAIT_OBJECT_0, "the thread ends");
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  // Runs a function on the thread.
  void Run(const std::function<void(const Job&)>& function) {
    const auto job = std::make_shared<Job>(
        JobId{1}, nullptr,
        [&](const Job& running) {
          function(running);
          return Job::Result{};
        },
        JobLimits{60'000});
    thread_->Queue(job);
    Check(Until([&] { return job->over(); }), "a job ends");
  }

  std::unique_ptr<Outcome> Create(Server& server) {
    std::unique_ptr<Outcome> outcome;
    Run([&](const Job& job) {
      const auto object = Hold(*thread_, &server);
      outcome = CarryOut(*thread_, object,
                         operation::CreateCall{kAsync, std::make_shared<Listener>(listeners, signals)}, job);
    });
    return outcome;
  }

  // With a missing argument.
  HRESULT Begin(const std::shared_ptr<Pointer>& call) {
    MethodCall method;
    method.iid = kAsync;
    method.slot = 3;
    method.step = MethodCall::Step::kBegin;
    MethodParameter value;
    value.type = ValueType::kVariant;
    value.direction = MethodParameter::Direction::kInOut;
    method.parameters.push_back(value);
    method.args.push_back({ValueType::kMissing});
    return Call(call, method);
  }
  HRESULT Finish(const std::shared_ptr<Pointer>& call) {
    MethodCall method;
    method.iid = kAsync;
    method.slot = 4;
    method.step = MethodCall::Step::kFinish;
    return Call(call, method);
  }

  std::atomic<int> listeners{0};
  std::atomic<int> signals{0};

 private:
  HRESULT Call(const std::shared_ptr<Pointer>& object, const MethodCall& method) {
    HRESULT hr = E_PENDING;
    Run([&](const Job& job) { hr = CarryOut(*thread_, object, method, job)->hresult; });
    return hr;
  }

  std::shared_ptr<ComThread> thread_;
};

std::shared_ptr<Pointer> PointerIn(const Outcome& outcome) {
  return outcome.value ? std::get<std::shared_ptr<Pointer>>(outcome.value->data) : nullptr;
}

void Failures(Fixture& fixture) {
  const auto server = TakeOver(new Server);
  server->failure = E_ACCESSDENIED;
  auto outcome = fixture.Create(*server.Get());
  Check(outcome->hresult == E_ACCESSDENIED && !outcome->value, "a server refuses a call object",
        outcome->hresult);
  Check(server->creations == 1, "it is asked once", server->creations);
  server->failure = S_OK;
  server->nothing = true;
  outcome = fixture.Create(*server.Get());
  Check(outcome->hresult == E_POINTER, "a success without a call object fails", outcome->hresult);
  server->nothing = false;
  server->behavior.has_synchronize = false;
  outcome = fixture.Create(*server.Get());
  Check(outcome->hresult == E_NOINTERFACE && outcome->exception && !outcome->value,
        "a call object without ISynchronize is refused, with the reason", outcome->hresult);
  Check(server->asked == E_NOINTERFACE, "the aggregating object has no interfaces before it is made",
        server->asked);
  Check(fixture.listeners == 0, "no listener is left", fixture.listeners);
}

void Signals(Fixture& fixture, bool aggregated) {
  const long others = counters::objects;  // the message filter of the thread
  const auto server = TakeOver(new Server);
  server->behavior.aggregated = aggregated;
  auto call = PointerIn(*fixture.Create(*server.Get()));
  Check(server->creations == (aggregated ? 1 : 2), "a call object that refuses aggregation is made without",
        server->creations);
  Check(call != nullptr, "there is a call object");
  server->behavior.signals = 2;
  Check(fixture.Begin(call) == S_OK, "a call begins");
  Check(Until([&] { return fixture.signals == 1; }), "it is complete");
  SleepFor(150);
  Check(fixture.signals == 1, "two signals of one call count once", fixture.signals);
  server->behavior.signals = 1;
  server->behavior.begin = RPC_S_CALLPENDING;
  Check(fixture.Begin(call) == RPC_S_CALLPENDING, "A2 a second call is refused");
  SleepFor(150);
  Check(fixture.signals == 1, "that counts for nothing", fixture.signals);
  server->behavior.signals = 1;
  server->behavior.begin = S_OK;
  Check(fixture.Begin(call) == S_OK, "another call begins");
  Check(Until([&] { return fixture.signals == 2; }), "it is complete as well");
  server->behavior.finish = RPC_E_SERVERCALL_RETRYLATER;
  Check(fixture.Finish(call) == RPC_E_SERVERCALL_RETRYLATER && server->behavior.finishes == 1,
        "A3 Finish_ is called once, whatever it returns", server->behavior.finishes);
  call.reset();
  Check(Until([&] { return fixture.listeners == 0; }), "A8 the listener goes with the call object");
  Check(Until([&] { return counters::objects == others + 1; }), "and only the server is left",
        counters::objects);
  fixture.signals = 0;
}

// A call is pending when its thread is closed.
void Closed(bool aggregated) {
  const auto server = TakeOver(new Server);
  server->behavior.aggregated = aggregated;
  server->behavior.signals = 0;
  server->behavior.keeps = true;
  std::shared_ptr<Pointer> call;
  {
    Fixture fixture(true);
    call = PointerIn(*fixture.Create(*server.Get()));
    Check(fixture.Begin(call) == S_OK, "a call begins that never ends");
  }
  Check(counters::objects == 1, "A5 the closed thread has canceled the call, and released the call object",
        counters::objects);
  SleepFor(150);
}

}  // namespace

int main() {
  Ole32::SetStandIn(stand_in_family);
  for (const bool single_threaded : {false, true}) {
    Fixture fixture(single_threaded);
    Failures(fixture);
    Signals(fixture, true);
    Signals(fixture, false);
  }
  Closed(true);
  Closed(false);
  std::printf("%d checks, %d failed\n", checks.load(), failures.load());
  return failures == 0 ? 0 : 1;
}
