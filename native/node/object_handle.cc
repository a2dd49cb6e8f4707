// ObjectHandle, a COM object that JavaScript holds.
#include "node/object_handle.h"

#include <wrl/client.h>

#include "host/returned.h"
#include "node/background_cancel.h"
#include "node/integer.h"

namespace com_cancel {
namespace {

struct Made {
  IUnknown* object;
  CancelObject* cancel_object;
  HandleId id;
  DWORD thread;
};

Napi::Object Construct(Environment& environment, Made made) {
  return environment.Construct(environment.object_constructor(), &made);
}

}  // namespace

Napi::Function ObjectHandle::Define(Napi::Env env) {
  return DefineClass(
      env, kName,
      {Getter<&ObjectHandle::GetThreadId>("threadId"), Getter<&ObjectHandle::GetHeld>("held"),
       Method<&ObjectHandle::References>("references"), Method<&ObjectHandle::Query>("queryInterface"),
       Method<&ObjectHandle::Cancel>("cancel"), Method<&ObjectHandle::TestCancel>("testCancel"),
       Method<&ObjectHandle::Complete>("complete"), Method<&ObjectHandle::Release>("release")});
}

Napi::Object ObjectHandle::Make(Environment& environment, IUnknown* object, DWORD thread) {
  return Construct(environment, {object, nullptr, environment.NewHandleId(), thread});
}

Napi::Object ObjectHandle::MakeCancelObject(Environment& environment, HRESULT cancel_result,
                                            Napi::Function on_cancel) {
  const HandleId id = environment.NewHandleId();
  const auto object = TakeOver(new CancelObject(environment.shared_from_this(), id, cancel_result));
  const Napi::Object handle = Construct(environment, {object.Get(), object.Get(), id, GetCurrentThreadId()});
  // A property, not a reference of our own: a function that refers to its own cancel object must not keep it
  // alive for ever.
  handle.DefineProperty(Napi::PropertyDescriptor::Value("onCancel", on_cancel, napi_default));
  return handle;
}

ObjectHandle::ObjectHandle(const Napi::CallbackInfo& info) : Handle(info) {
  const Made& made = Take<Made>(info);
  environment_ = Environment::Of(info.Env()).shared_from_this();
  made.object->AddRef();
  object_ = {made.object, [](IUnknown* object) { object->Release(); }};
  cancel_object_ = made.cancel_object;
  id_ = made.id;
  thread_ = made.thread;
  environment_->AddHandle(id_, this);
}

ObjectHandle::~ObjectHandle() {
  if (environment_) environment_->RemoveHandle(id_);
}

// By the C functions of Node-API: called inside ICancelMethodCalls::Cancel, and no exception may cross COM.
Napi::Value ObjectHandle::OnCancel() {
  const napi_env env = environment_->env();
  napi_value on_cancel = nullptr;
  const napi_value self = Value();
  if (!self || napi_get_named_property(env, self, "onCancel", &on_cancel) != napi_ok)
    napi_get_undefined(env, &on_cancel);
  return {env, on_cancel};
}

Napi::Value ObjectHandle::GetThreadId(const Napi::CallbackInfo& info) {
  return IntegerTo(info.Env(), thread_);
}

Napi::Value ObjectHandle::GetHeld(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), held());
}

Napi::Value ObjectHandle::References(const Napi::CallbackInfo& info) {
  if (!held()) return IntegerTo(info.Env(), 0);
  object_->AddRef();
  return IntegerTo(info.Env(), object_->Release());
}

Napi::Value ObjectHandle::Query(const Napi::CallbackInfo& info) {
  if (!held()) return IntegerTo(info.Env(), RPC_E_DISCONNECTED);
  Microsoft::WRL::ComPtr<IUnknown> found;
  const IID iid = InterfaceIdFrom(info[0]);
  const HRESULT hr =
      Returned(object_->QueryInterface(iid, reinterpret_cast<void**>(found.GetAddressOf())), found);
  return IntegerTo(info.Env(), hr);
}

Napi::Value ObjectHandle::Cancel(const Napi::CallbackInfo& info) {
  if (!held()) return IntegerTo(info.Env(), RPC_E_DISCONNECTED);
  const ULONG seconds = info[0].As<Napi::Number>().Uint32Value();
  Microsoft::WRL::ComPtr<ICancelMethodCalls> cancel;
  HRESULT hr = com_cancel::Query(object_.get(), cancel);
  if (FAILED(hr)) return IntegerTo(info.Env(), hr);
  // Through `cancel`, because onCancel may release this handle. The object of another thread may be called
  // from any thread; a cancel with a timeout may block, so it runs on the pool.
  hr = seconds == 0 || thread_ == GetCurrentThreadId()
           ? cancel->Cancel(seconds)
           : CancelInBackground(*environment_, [cancel, seconds] { return cancel->Cancel(seconds); });
  return IntegerTo(info.Env(), hr);
}

Napi::Value ObjectHandle::TestCancel(const Napi::CallbackInfo& info) {
  if (!held()) return IntegerTo(info.Env(), RPC_E_DISCONNECTED);
  Microsoft::WRL::ComPtr<ICancelMethodCalls> cancel;
  HRESULT hr = com_cancel::Query(object_.get(), cancel);
  if (SUCCEEDED(hr)) hr = cancel->TestCancel();
  return IntegerTo(info.Env(), hr);
}

Napi::Value ObjectHandle::Complete(const Napi::CallbackInfo& info) {
  if (held() && cancel_object_) cancel_object_->Complete();
  return info.Env().Undefined();
}

Napi::Value ObjectHandle::Release(const Napi::CallbackInfo& info) {
  Drop();
  return info.Env().Undefined();
}

IID InterfaceIdFrom(Napi::Value value) {
  const std::u16string text = u"{" + value.As<Napi::String>().Utf16Value() + u"}";
  IID iid;
  // wchar_t is UTF-16 on Windows.
  if (FAILED(IIDFromString(reinterpret_cast<const wchar_t*>(text.c_str()), &iid)))
    throw Napi::TypeError::New(value.Env(), "expected an interface id");
  return iid;
}

}  // namespace com_cancel
