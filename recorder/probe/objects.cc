// SlowObject, callbacks, and calls to them.
#include "objects.h"

#include "host/call_scope.h"
#include "host/ole32.h"
#include "observe.h"

namespace recorder {
namespace {

std::atomic<long> started{0};
std::atomic<long> finished{0};
std::atomic<long> noticed{0};
std::atomic<long> objects{0};

constexpr DWORD kLongest = 20'000;

HANDLE Event(const std::wstring& name, bool manual) {
  return CreateEventW(nullptr, manual ? TRUE : FALSE, FALSE, name.c_str());
}

class Callback final : public com_cancel::CountedObject<IDispatch> {
 public:
  explicit Callback(std::function<HRESULT()> work) : work_(std::move(work)) {}

  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override {
    *count = 0;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT, LCID, ITypeInfo**) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR*, UINT, LCID, DISPID*) override {
    return DISP_E_UNKNOWNNAME;
  }
  HRESULT STDMETHODCALLTYPE Invoke(DISPID, REFIID, LCID, WORD, DISPPARAMS*, VARIANT*, EXCEPINFO*,
                                   UINT*) override {
    try {
      return work_();
    } catch (...) {
      return E_UNEXPECTED;
    }
  }

 private:
  const std::function<HRESULT()> work_;
};

// The value is the last argument, so the first one in rgvarg's order from its end.
long ValueIn(const DISPPARAMS& parameters) {
  if (parameters.cArgs == 0) return 0;
  const VARIANT& value = parameters.rgvarg[parameters.cArgs - 1];
  return value.vt == VT_I4 ? value.lVal : 0;
}

IDispatch* ObjectIn(const DISPPARAMS& parameters) {
  return parameters.cArgs == 2 && parameters.rgvarg[0].vt == VT_DISPATCH ? parameters.rgvarg[0].pdispVal
                                                                         : nullptr;
}

}  // namespace

Control::Control(const std::wstring& name)
    : entered(Event(name + L"-entered", false)),
      leave(Event(name + L"-leave", true)),
      quit(Event(name + L"-quit", true)) {
  if (!entered || !leave || !quit) throw Failure{"CreateEvent", HRESULT_FROM_WIN32(GetLastError())};
}

SlowObject::SlowObject(const Control& control) : control_(control) { ++objects; }
SlowObject::~SlowObject() { --objects; }

HRESULT STDMETHODCALLTYPE SlowObject::QueryInterface(REFIID iid, void** object) {
  if (object && iid == __uuidof(IPersist)) {
    *object = static_cast<IPersist*>(this);
    AddRef();
    return S_OK;
  }
  return CountedObject::QueryInterface(iid, object);
}

HRESULT STDMETHODCALLTYPE SlowObject::GetTypeInfoCount(UINT* count) {
  *count = 0;
  return S_OK;
}
HRESULT STDMETHODCALLTYPE SlowObject::GetTypeInfo(UINT, LCID, ITypeInfo**) { return E_NOTIMPL; }
HRESULT STDMETHODCALLTYPE SlowObject::GetIDsOfNames(REFIID, LPOLESTR*, UINT, LCID, DISPID*) {
  return DISP_E_UNKNOWNNAME;
}

HRESULT STDMETHODCALLTYPE SlowObject::Invoke(DISPID member, REFIID, LCID, WORD, DISPPARAMS* parameters,
                                             VARIANT* result, EXCEPINFO*, UINT*) {
  const long value = ValueIn(*parameters);
  long answer = value;
  HRESULT hr = S_OK;
  switch (member) {
    case kEcho:
      break;
    case kBlock:
      Block(static_cast<DWORD>(value));
      break;
    case kPoll:
      hr = Poll(static_cast<DWORD>(value));
      break;
    case kCallBack: {
      IDispatch* const object = ObjectIn(*parameters);
      if (!object) return DISP_E_TYPEMISMATCH;
      hr = recorder::Invoke(object, kEcho);
      Block(static_cast<DWORD>(value));
      break;
    }
    case kReplace: {
      Block(kLongest);
      VARIANT& text = parameters->rgvarg[0];
      if (text.vt != (VT_BYREF | VT_BSTR)) return DISP_E_TYPEMISMATCH;
      SysReAllocString(text.pbstrVal, L"replaced by the server");
      break;
    }
    case kStarted:
      answer = started;
      break;
    case kFinished:
      answer = finished;
      break;
    case kNoticed:
      answer = noticed;
      break;
    case kTestCancel:
      answer = com_cancel::Ole32::Get().TestCancel();
      break;
    case kNew:
      if (!result) return E_POINTER;
      result->vt = VT_DISPATCH;
      result->pdispVal = new SlowObject(control_);
      return S_OK;
    case kObjects:
      answer = objects;
      break;
    default:
      return DISP_E_MEMBERNOTFOUND;
  }
  if (result) {
    result->vt = VT_I4;
    result->lVal = answer;
  }
  return hr;
}

HRESULT STDMETHODCALLTYPE SlowObject::GetClassID(CLSID* clsid) {
  Block(kLongest);
  *clsid = __uuidof(IDispatch);
  return S_OK;
}

void SlowObject::Block(DWORD ms) const {
  ++started;
  SetEvent(control_.entered.get());
  WaitForSingleObject(control_.leave.get(), ms);
  ++finished;
}

HRESULT SlowObject::Poll(DWORD ms) const {
  ++started;
  SetEvent(control_.entered.get());
  const ULONGLONG end = GetTickCount64() + ms;
  HRESULT hr = S_OK;
  while (hr == S_OK && GetTickCount64() < end &&
         WaitForSingleObject(control_.leave.get(), 5) == WAIT_TIMEOUT) {
    if (com_cancel::Ole32::Get().TestCancel() == RPC_E_CALL_CANCELED) hr = RPC_E_CALL_CANCELED;
  }
  if (hr != S_OK) ++noticed;
  ++finished;
  return hr;
}

ComPtr<IDispatch> MakeCallback(std::function<HRESULT()> work) {
  return TakeOver<IDispatch>(new Callback(std::move(work)));
}

HRESULT Invoke(IDispatch* object, Member member, long value, long* result, IDispatch* callback,
               ComPtr<IDispatch>* made) {
  VARIANT arguments[2] = {};
  UINT count = 1;
  if (callback) {
    arguments[0].vt = VT_DISPATCH;
    arguments[0].pdispVal = callback;
    count = 2;
  }
  arguments[count - 1].vt = VT_I4;
  arguments[count - 1].lVal = value;
  DISPPARAMS parameters{arguments, nullptr, count, 0};
  VARIANT answer;
  VariantInit(&answer);
  com_cancel::CallScope scope;  // has no effect where the system has the cancellation family
  const HRESULT hr =
      scope.End(object->Invoke(member, IID_NULL, 0, DISPATCH_METHOD, &parameters, &answer, nullptr, nullptr));
  if (result) *result = answer.vt == VT_I4 ? answer.lVal : 0;
  if (made && SUCCEEDED(hr) && answer.vt == VT_DISPATCH) *made = answer.pdispVal;
  VariantClear(&answer);
  return hr;
}

}  // namespace recorder
