// Operation, what a job does with one object.
#include "automation/operation.h"

#include <olectl.h>
#include <wrl/client.h>

#include "automation/describe.h"
#include "automation/dispatch.h"
#include "automation/events.h"
#include "automation/server_process.h"
#include "threads/busy.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const Invocation& invocation,
                                  const Job& job) {
  return Invoke(home, object, invocation, job);
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const operation::LookUp& look_up,
                                  const Job& job) {
  return LookUp(home, object, look_up.member, job);
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const operation::Next& next,
                                  const Job& job) {
  return Next(home, object, next.count, job);
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const operation::Events& events,
                                  const Job& job) {
  auto outcome = std::make_unique<Outcome>();
  ComPtr<IUnknown> unknown;
  outcome->hresult = Resolve(object, IID_PPV_ARGS(&unknown));
  EventSource found;
  std::u16string refusal;
  if (SUCCEEDED(outcome->hresult))
    outcome->hresult = RetryWhileBusy(home, job, [&] {
      return FindEvents(unknown.Get(), events.iid == GUID_NULL ? nullptr : &events.iid, job, found, refusal);
    });
  if (SUCCEEDED(outcome->hresult))
    outcome->events = std::move(found);
  else if (outcome->hresult == CONNECT_E_CANNOTCONNECT && !refusal.empty())
    outcome->exception = ExceptionText{u"", std::move(refusal), u"", 0};
  return outcome;
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const operation::Describe& describe,
                                  const Job& job) {
  auto outcome = std::make_unique<Outcome>();
  ComPtr<IDispatch> dispatch;
  outcome->hresult = Resolve(object, IID_PPV_ARGS(&dispatch));
  ObjectDescription description;
  if (SUCCEEDED(outcome->hresult))
    outcome->hresult = RetryWhileBusy(home, job, [&] {
      description = {};
      Inquiry inquiry(job, describe.brief);
      return Describe(dispatch.Get(), inquiry, description);
    });
  if (SUCCEEDED(outcome->hresult)) outcome->description = std::move(description);
  return outcome;
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const operation::DescribeLibrary&,
                                  const Job& job) {
  auto outcome = std::make_unique<Outcome>();
  ComPtr<IUnknown> unknown;
  outcome->hresult = Resolve(object, IID_PPV_ARGS(&unknown));
  LibraryDescription description;
  if (SUCCEEDED(outcome->hresult))
    outcome->hresult = RetryWhileBusy(home, job, [&] {
      description = {};
      Inquiry inquiry(job, false);
      return DescribeLibrary(unknown.Get(), inquiry, description);
    });
  if (SUCCEEDED(outcome->hresult)) outcome->library = std::move(description);
  return outcome;
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const operation::Advise& advise,
                                  const Job& job) {
  if (!advise.sink) return OutcomeOf(RPC_E_DISCONNECTED);
  auto outcome = std::make_unique<Outcome>();
  ComPtr<IUnknown> source;
  ComPtr<IUnknown> sink;
  DWORD cookie = 0;
  outcome->hresult = Resolve(object, IID_PPV_ARGS(&source));
  if (SUCCEEDED(outcome->hresult)) outcome->hresult = Resolve(*advise.sink, IID_PPV_ARGS(&sink));
  if (SUCCEEDED(outcome->hresult))
    outcome->hresult =
        RetryWhileBusy(home, job, [&] { return Advise(source.Get(), advise.iid, sink.Get(), cookie); });
  if (SUCCEEDED(outcome->hresult)) outcome->value = Value{ValueType::kUi4, std::int64_t{cookie}};
  return outcome;
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const operation::Unadvise& unadvise,
                                  const Job& job) {
  auto outcome = std::make_unique<Outcome>();
  ComPtr<IUnknown> source;
  outcome->hresult = Resolve(object, IID_PPV_ARGS(&source));
  if (SUCCEEDED(outcome->hresult))
    outcome->hresult =
        RetryWhileBusy(home, job, [&] { return Unadvise(source.Get(), unadvise.iid, unadvise.cookie); });
  return outcome;
}

// Two interface pointers are of one object if QueryInterface of both returns the same IUnknown.
std::unique_ptr<Outcome> CarryOut(ComThread&, const Pointer& object, const operation::Is& is, const Job&) {
  if (!is.other) return OutcomeOf(RPC_E_DISCONNECTED);
  auto outcome = std::make_unique<Outcome>();
  ComPtr<IUnknown> one;
  ComPtr<IUnknown> other;
  outcome->hresult = Resolve(object, IID_PPV_ARGS(&one));
  if (SUCCEEDED(outcome->hresult)) outcome->hresult = Resolve(*is.other, IID_PPV_ARGS(&other));
  if (SUCCEEDED(outcome->hresult)) outcome->value = Value{ValueType::kBool, one.Get() == other.Get()};
  return outcome;
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const operation::FindProcess&,
                                  const Job& job) {
  auto outcome = std::make_unique<Outcome>();
  ComPtr<IUnknown> held;
  outcome->hresult = home.pointers().Find(object.id(), held);
  ServerProcess found;
  if (SUCCEEDED(outcome->hresult))
    outcome->hresult = RetryWhileBusy(home, job, [&] {
      Inquiry inquiry(job, true);
      return FindServerProcess(held.Get(), object.since(), inquiry, found);
    });
  if (SUCCEEDED(outcome->hresult) && found.process) outcome->process = std::move(found);
  return outcome;
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const MethodCall& call,
                                  const Job& job) {
  return CallMethod(home, object, call, job);
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const operation::CreateCall& create,
                                  const Job& job) {
  return CreateCall(home, object, create.iid, create.listener, job);
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const operation::CancelCall& cancel,
                                  const Job& job) {
  return CancelAsyncCall(home, object, cancel.seconds, job);
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const operation::TestCall&,
                                  const Job& job) {
  return TestAsyncCall(home, object, job);
}

std::unique_ptr<Outcome> CarryOut(ComThread& home, const Pointer& object, const operation::WaitCall&,
                                  const Job& job) {
  return WaitForAsyncCall(home, object, job);
}

}  // namespace

std::unique_ptr<Outcome> CarryOut(ComThread& home, const std::shared_ptr<Pointer>& object,
                                  const Operation& operation, const Job& job) {
  if (!object) return OutcomeOf(RPC_E_DISCONNECTED);
  return std::visit([&](const auto& kind) { return CarryOut(home, *object, kind, job); }, operation);
}

}  // namespace com_cancel
