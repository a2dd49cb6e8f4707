// The functions of binding.d.ts's Binding: the cancellation family on the calling thread, and others.
#include "node/functions.h"

#include <wrl/client.h>

#include "automation/class_servers.h"
#include "automation/late_bound.h"
#include "host/ole32.h"
#include "host/pool.h"
#include "host/returned.h"
#include "node/background_cancel.h"
#include "node/call_function.h"
#include "node/environment.h"
#include "node/host_handle.h"
#include "node/integer.h"
#include "node/js_call.h"
#include "node/object_handle.h"
#include "node/thread_handle.h"
#include "threads/wait_call.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// An object with IUnknown and nothing else.
class Unknown final : public CountedObject<IUnknown> {};

Napi::Value Result(const Napi::CallbackInfo& info, HRESULT hr) { return IntegerTo(info.Env(), hr); }

// binding.d.ts's ObjectResult.
Napi::Value Result(const Napi::CallbackInfo& info, HRESULT hr, const ComPtr<IUnknown>& object, DWORD thread) {
  auto result = Napi::Object::New(info.Env());
  result.Set("hresult", Result(info, hr));
  result.Set("object", object ? ObjectHandle::Make(Environment::Of(info.Env()), object.Get(), thread)
                              : info.Env().Null());
  return result;
}

DWORD Uint32(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }

DWORD ThreadOrCurrent(const Napi::Value& value) {
  const DWORD thread = Uint32(value);
  return thread ? thread : GetCurrentThreadId();
}

Napi::Value InitializeEx(const Napi::CallbackInfo& info) {
  return Result(info, Environment::Of(info.Env()).com_state().InitializeEx(Uint32(info[0])));
}

Napi::Value Uninitialize(const Napi::CallbackInfo& info) {
  return Result(info, Environment::Of(info.Env()).com_state().Uninitialize());
}

// CoEnableCallCancellation or CoDisableCallCancellation. Uses Node-API directly, as CurrentThreadId does.
// Nothing throws: Ole32 was made when the addon was loaded.
template <HRESULT (ThreadComState::*function)(void* reserved)>
napi_value CallCancellation(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value reserved = nullptr;
  void* environment = nullptr;
  napi_get_cb_info(env, info, &count, &reserved, nullptr, &environment);
  // Null stands for NULL, any object for another pointer, which COM only compares with NULL. The library
  // passes no argument for NULL, because the check of a value's type takes a third of the time.
  static char not_null;
  napi_valuetype type = napi_undefined;
  if (count > 0) napi_typeof(env, reserved, &type);
  const bool is_null = type == napi_undefined || type == napi_null;
  ThreadComState& state = static_cast<Environment*>(environment)->com_state();
  return IntegerTo(env, (state.*function)(is_null ? nullptr : &not_null));
}

Napi::Value SetCancelObject(const Napi::CallbackInfo& info) {
  ThreadComState& state = Environment::Of(info.Env()).com_state();
  if (info[0].IsNull()) return Result(info, state.SetCancelObject(nullptr));
  ObjectHandle* const handle = ObjectHandle::From(info[0]);
  if (!handle->held()) return Result(info, RPC_E_DISCONNECTED);
  if (handle->thread() != GetCurrentThreadId()) return Result(info, RPC_E_WRONG_THREAD);
  return Result(info, state.SetCancelObject(handle));
}

Napi::Value GetCancelObject(const Napi::CallbackInfo& info) {
  const DWORD thread = ThreadOrCurrent(info[0]);
  ComPtr<IUnknown> object;
  const HRESULT hr = Ole32::Get().GetCancelObject(thread, InterfaceIdFrom(info[1]),
                                                  reinterpret_cast<void**>(object.GetAddressOf()));
  return Result(info, Returned(hr, object), object, thread);
}

// A handle that keeps the system from reusing the thread id (W5). Empty for a thread that does not exist
// (O7).
std::shared_ptr<UniqueHandle> OpenForWait(DWORD thread) {
  return std::make_shared<UniqueHandle>(OpenThread(SYNCHRONIZE, FALSE, thread));
}

Napi::Value CancelCall(const Napi::CallbackInfo& info) {
  const DWORD thread = ThreadOrCurrent(info[0]);
  const ULONG seconds = Uint32(info[1]);
  if (seconds == 0 || thread == GetCurrentThreadId())
    return Result(info, Ole32::Get().CancelCall(thread, seconds));
  return Result(
      info, CancelInBackground(Environment::Of(info.Env()), [target = OpenForWait(thread), thread, seconds] {
        return *target ? Ole32::Get().CancelCall(thread, seconds) : E_NOINTERFACE;
      }));
}

Napi::Value TestCancel(const Napi::CallbackInfo& info) { return Result(info, Ole32::Get().TestCancel()); }

Napi::Value GetCallContext(const Napi::CallbackInfo& info) {
  ComPtr<IUnknown> object;
  const HRESULT hr =
      Ole32::Get().GetCallContext(InterfaceIdFrom(info[0]), reinterpret_cast<void**>(object.GetAddressOf()));
  return Result(info, Returned(hr, object), object, GetCurrentThreadId());
}

Napi::Value SwitchCallContext(const Napi::CallbackInfo& info) {
  ObjectHandle* const handle = info[0].IsNull() ? nullptr : ObjectHandle::From(info[0]);
  if (handle && !handle->held()) return Result(info, RPC_E_DISCONNECTED, nullptr, 0);
  ComPtr<IUnknown> before;
  const HRESULT hr = Environment::Of(info.Env()).com_state().SwitchCallContext(handle, before.GetAddressOf());
  return Result(info, hr, before, GetCurrentThreadId());
}

// Without node-addon-api, whose look at the arguments would take as long as everything else.
napi_value CurrentThreadId(napi_env env, napi_callback_info) {
  napi_value value = nullptr;
  napi_create_uint32(env, GetCurrentThreadId(), &value);
  return value;
}

Napi::Value InitializeCallSecurity(const Napi::CallbackInfo& info) {
  return Result(info, InitializeSecurity(CallSecurityFrom(info[0])));
}

Napi::Value WaitHere(const Napi::CallbackInfo& info) {
  const Environment& environment = Environment::Of(info.Env());
  return Result(info, Wait(WaitRequestFrom(info[0]), [&environment] { return environment.Terminating(); }));
}

Napi::Value CreateCancelObject(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  return ObjectHandle::MakeCancelObject(Environment::Of(info.Env()),
                                        options.Get("cancelResult").As<Napi::Number>().Int32Value(),
                                        FunctionFrom(options.Get("onCancel")));
}

Napi::Value CreateUnknown(const Napi::CallbackInfo& info) {
  const auto object = TakeOver(new Unknown);
  return ObjectHandle::Make(Environment::Of(info.Env()), object.Get(), GetCurrentThreadId());
}

Napi::Value CheckDispinterface(const Napi::CallbackInfo& info) {
  switch (KindOf(InterfaceIdFrom(info[0]))) {
    case InterfaceKind::kDispinterface:
      return Result(info, S_OK);
    case InterfaceKind::kUnknown:
      return Result(info, REGDB_E_IIDNOTREG);
    default:
      return Result(info, TYPE_E_WRONGTYPEKIND);
  }
}

// On the system's thread pool: CoCancelCall may block for its timeout, and a cancel object may block longer.
void CancelCallOnPool(const Napi::CallbackInfo& info) {
  const DWORD thread = ThreadOrCurrent(info[0]);
  const ULONG seconds = Uint32(info[1]);
  Environment& environment = Environment::Of(info.Env());
  const CallbackId done = environment.callbacks().Add(FunctionFrom(info[2]));
  const auto outbox = environment.outbox();
  const bool submitted = pool::Run([target = OpenForWait(thread), thread, seconds, outbox, done] {
    const HRESULT hr = *target ? Ole32::Get().CancelCall(thread, seconds) : E_NOINTERFACE;
    outbox->PostDone(done, hr);
  });
  if (!submitted) outbox->PostDone(done, E_OUTOFMEMORY);
}

Napi::Value CancelJob(const Napi::CallbackInfo& info) {
  const JobId id{static_cast<std::uint64_t>(info[0].As<Napi::Number>().Int64Value())};
  const auto job = Environment::Of(info.Env()).callbacks().FindJob(id);
  return Napi::Boolean::New(info.Env(), job && Job::Cancel(job));
}

Napi::Value StartTimeout(const Napi::CallbackInfo& info) {
  return IntegerTo(info.Env(),
                   Environment::Of(info.Env()).watches().StartTimeout(Uint32(info[0]), Uint32(info[1])));
}

Napi::Value CanceledBy(const Napi::CallbackInfo& info) {
  return IntegerTo(info.Env(), Environment::Of(info.Env()).watches().CanceledBy(Uint32(info[0])));
}

Napi::Value StopTimeout(const Napi::CallbackInfo& info) {
  return IntegerTo(info.Env(), Environment::Of(info.Env()).watches().StopTimeout(Uint32(info[0])));
}

Napi::Value StartWatchdog(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::Of(info.Env());
  return IntegerTo(info.Env(),
                   environment.watches().StartWatchdog(environment.outbox(), info[0].As<Napi::Object>()));
}

void SuspendWatchdog(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env())
      .watches()
      .SuspendWatchdog(WatchdogId{Uint32(info[0])}, info[1].As<Napi::Boolean>());
}

void StopWatchdog(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env()).watches().StopWatchdog(WatchdogId{Uint32(info[0])});
}

CallKey CallKeyFrom(const Napi::Value& value) {
  return CallKey{static_cast<std::uint64_t>(value.As<Napi::Number>().Int64Value())};
}

void AnswerIncoming(const Napi::CallbackInfo& info) {
  Environment::Of(info.Env()).incoming_calls().Answer(CallKeyFrom(info[0]), info[1]);
}

Napi::Value TestIncoming(const Napi::CallbackInfo& info) {
  return Result(info, Environment::Of(info.Env()).incoming_calls().Test(CallKeyFrom(info[0])));
}

Napi::Value FindClassServers(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) throw Napi::TypeError::New(info.Env(), "expected a string");
  const ClassServers found = FindClass(info[0].As<Napi::String>().Utf16Value());
  auto inproc = Napi::Array::New(info.Env());
  for (const hosting::Architecture architecture : found.inproc)
    inproc.Set(inproc.Length(), ArchitectureTo(info.Env(), architecture));
  auto servers = Napi::Object::New(info.Env());
  servers.Set("hresult", Result(info, found.hresult));
  servers.Set("inproc", inproc);
  servers.Set("local", Napi::Boolean::New(info.Env(), found.local));
  return servers;
}

template <Napi::Value (*function)(const Napi::CallbackInfo&)>
void Export(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<function>(exports.Env(), name, &Environment::Of(exports.Env())));
}

template <void (*function)(const Napi::CallbackInfo&)>
void Export(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<function>(exports.Env(), name, &Environment::Of(exports.Env())));
}

// For functions so short that node-addon-api would be noticeable.
void Export(Napi::Object exports, const char* name, napi_callback function) {
  napi_value made = nullptr;
  napi_create_function(exports.Env(), name, NAPI_AUTO_LENGTH, function, &Environment::Of(exports.Env()),
                       &made);
  exports.Set(name, Napi::Value(exports.Env(), made));
}

}  // namespace

void DefineFunctions(Napi::Object exports) {
  Export<InitializeEx>(exports, "coInitializeEx");
  Export<Uninitialize>(exports, "coUninitialize");
  Export(exports, "coEnableCallCancellation", CallCancellation<&ThreadComState::EnableCallCancellation>);
  Export(exports, "coDisableCallCancellation", CallCancellation<&ThreadComState::DisableCallCancellation>);
  Export<SetCancelObject>(exports, "coSetCancelObject");
  Export<GetCancelObject>(exports, "coGetCancelObject");
  Export<CancelCall>(exports, "coCancelCall");
  Export<TestCancel>(exports, "coTestCancel");
  Export<GetCallContext>(exports, "coGetCallContext");
  Export<SwitchCallContext>(exports, "coSwitchCallContext");
  Export(exports, "getCurrentThreadId", CurrentThreadId);
  Export<InitializeCallSecurity>(exports, "coInitializeSecurity");
  Export<WaitHere>(exports, "wait");
  Export<CreateCancelObject>(exports, "createCancelObject");
  Export<CreateUnknown>(exports, "createUnknown");
  Export<CheckDispinterface>(exports, "checkDispinterface");
  Export<CancelCallOnPool>(exports, "cancelCall");
  Export<ThreadHandle::Start>(exports, "startThread");
  Export<CancelJob>(exports, "cancelJob");
  Export<StartTimeout>(exports, "startTimeout");
  Export<CanceledBy>(exports, "canceledBy");
  Export<StopTimeout>(exports, "stopTimeout");
  Export<StartWatchdog>(exports, "startWatchdog");
  Export<SuspendWatchdog>(exports, "suspendWatchdog");
  Export<StopWatchdog>(exports, "stopWatchdog");
  Export<HostHandle::Start>(exports, "startHost");
  Export<FindClassServers>(exports, "findClass");
  Export<AnswerIncoming>(exports, "reply");
  Export<TestIncoming>(exports, "testIncoming");
}

}  // namespace com_cancel
