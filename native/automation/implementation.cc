// Implementation, an IDispatch that JavaScript implements.
#include "automation/implementation.h"

#include <wrl/client.h>

#include <new>

#include "automation/pointer.h"
#include "automation/put_through.h"
#include "automation/variant.h"
#include "host/text.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// How often a waiting call checks whether its caller has canceled and whether the environment is gone.
constexpr DWORD kPollPeriod = 20;  // milliseconds

std::atomic<std::uint64_t> last_key{0};

// Whether the parameters of an Invoke are consistent. The members have no named arguments, but the value of a
// property that is set has one name, DISPID_PROPERTYPUT.
HRESULT CheckCall(WORD flags, const DISPPARAMS& parameters) {
  constexpr WORD kSetting = DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF;
  if (!(flags & (DISPATCH_METHOD | DISPATCH_PROPERTYGET | kSetting))) return E_INVALIDARG;
  if (parameters.cArgs > 0 && !parameters.rgvarg) return E_INVALIDARG;
  if (parameters.cNamedArgs == 0) return S_OK;
  if (parameters.cNamedArgs > parameters.cArgs || !parameters.rgdispidNamedArgs) return E_INVALIDARG;
  const bool is_value = (flags & kSetting) && parameters.cNamedArgs == 1 &&
                        parameters.rgdispidNamedArgs[0] == DISPID_PROPERTYPUT;
  return is_value ? S_OK : DISP_E_NONAMEDARGS;
}

HRESULT Raise(HRESULT code, const ExceptionText& text, EXCEPINFO* exception) {
  *exception = {};
  exception->scode = code;
  exception->bstrSource = NewText(text.source);
  exception->bstrDescription = NewText(text.description);
  exception->bstrHelpFile = NewText(text.help_file);
  exception->dwHelpContext = text.help_context;
  return DISP_E_EXCEPTION;
}

}  // namespace

Implementation::Implementation(std::shared_ptr<ComThread> home, std::shared_ptr<CallReceiver> receiver,
                               ImplementationId id, Members members, REFIID iid)
    : home_(std::move(home)),
      receiver_(std::move(receiver)),
      id_(id),
      members_(std::move(members)),
      iid_(iid) {
  own_id_ = home_->own_objects().Add(this);
}

Implementation::~Implementation() {
  home_->own_objects().Remove(own_id_);
  receiver_->PostImplementationReleased(id_);
}

ComPtr<IUnknown> Implementation::Reference() {
  return AddRefUnlessLast() ? TakeOver<IUnknown>(this) : nullptr;
}

HRESULT STDMETHODCALLTYPE Implementation::QueryInterface(REFIID iid, void** object) {
  if (object && iid_ != GUID_NULL && iid == iid_) {
    *object = static_cast<IDispatch*>(this);
    AddRef();
    return S_OK;
  }
  return CountedObject::QueryInterface(iid, object);
}

HRESULT STDMETHODCALLTYPE Implementation::GetTypeInfoCount(UINT* count) {
  if (!count) return E_POINTER;
  *count = 0;
  return S_OK;
}

HRESULT STDMETHODCALLTYPE Implementation::GetTypeInfo(UINT, LCID, ITypeInfo** info) {
  if (info) *info = nullptr;
  return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE Implementation::GetIDsOfNames(REFIID, LPOLESTR* names, UINT count, LCID,
                                                        DISPID* ids) {
  if (!names || !ids || count == 0) return E_INVALIDARG;
  if (home_->closed()) return RPC_E_DISCONNECTED;
  try {
    HRESULT hr = S_OK;
    for (UINT i = 0; i < count; ++i) {
      if (!names[i]) return E_INVALIDARG;
      // The first is the member; the others are names of its arguments, of which it has none.
      const auto member = i == 0 ? members_.find(Lower(names[0])) : members_.end();
      ids[i] = member == members_.end() ? DISPID_UNKNOWN : member->second;
      if (member == members_.end()) hr = DISP_E_UNKNOWNNAME;
    }
    return hr;
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  }
}

HRESULT STDMETHODCALLTYPE Implementation::Invoke(DISPID member, REFIID, LCID, WORD flags,
                                                 DISPPARAMS* parameters, VARIANT* result,
                                                 EXCEPINFO* exception, UINT* fault) {
  const HRESULT checked = parameters ? CheckCall(flags, *parameters) : E_INVALIDARG;
  if (FAILED(checked)) return checked;
  if (home_->closed()) return RPC_E_DISCONNECTED;
  try {
    return CallJavaScript(member, flags, *parameters, result, exception, fault);
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  } catch (...) {
    return E_UNEXPECTED;  // no exception may cross COM
  }
}

HRESULT Implementation::TakeArguments(const DISPPARAMS& parameters, IncomingCall& call, EXCEPINFO* exception,
                                      UINT* fault) {
  const PointerConversion pointers = PointersOf(*home_);
  const UINT count = parameters.cArgs;
  call.args.resize(count);
  for (UINT position = 0; position < count; ++position) {
    const UINT index = count - 1 - position;
    RefusedType refused;
    const HRESULT hr = FromVariant(parameters.rgvarg[index], pointers, &call.args[position], &refused);
    if (SUCCEEDED(hr)) continue;
    if (fault) *fault = index;
    if (hr != DISP_E_BADVARTYPE) return hr;
    if (!exception) return DISP_E_TYPEMISMATCH;
    const std::string what = "argument " + std::to_string(position + 1);
    return Raise(DISP_E_TYPEMISMATCH, {u"com-cancel", DescribeRefusal(what.c_str(), refused), u"", 0},
                 exception);
  }
  return S_OK;
}

HRESULT Implementation::StoreReply(const Reply& reply, const DISPPARAMS& parameters, VARIANT* result,
                                   EXCEPINFO* exception, UINT* fault) {
  const PointerConversion pointers = PointersOf(*home_);
  const UINT count = parameters.cArgs;
  for (const auto& [position, value] : reply.outs) {
    if (position >= count) continue;
    const UINT index = count - 1 - static_cast<UINT>(position);
    if (!(parameters.rgvarg[index].vt & VT_BYREF)) continue;
    const HRESULT hr = PutThrough(parameters.rgvarg[index], value, pointers);
    if (FAILED(hr)) {
      if (fault) *fault = index;
      return hr;
    }
  }
  if (reply.exception && exception)
    return Raise(FAILED(reply.hresult) ? reply.hresult : E_FAIL, *reply.exception, exception);
  if (SUCCEEDED(reply.hresult) && reply.value && result) {
    const HRESULT hr = ToVariant(*reply.value, pointers, result);
    if (FAILED(hr)) return hr;
  }
  return reply.hresult;
}

HRESULT Implementation::CallJavaScript(DISPID member, WORD flags, const DISPPARAMS& parameters,
                                       VARIANT* result, EXCEPINFO* exception, UINT* fault) {
  const auto call = std::make_shared<IncomingCall>(CallKey{++last_key}, id_, member, flags, home_);
  const HRESULT taken_arguments = TakeArguments(parameters, *call, exception, fault);
  if (FAILED(taken_arguments)) return taken_arguments;
  ComPtr<ICancelMethodCalls> context;
  static_cast<void>(CoGetCallContext(IID_PPV_ARGS(&context)));  // none for a call inside the apartment

  if (!receiver_->PostIncoming(call)) return RPC_E_DISCONNECTED;
  home_->ServeUntil(
      [&] {
        if (call->answered() || receiver_->closed()) return true;
        if (context && !call->canceled && context->TestCancel() == RPC_E_CALL_CANCELED) {
          call->canceled = true;
          receiver_->PostIncomingCanceled(call->key);
        }
        return false;
      },
      kPollPeriod);

  const std::optional<Reply> reply = call->TakeReply();
  if (!reply) return RPC_E_DISCONNECTED;
  HRESULT stored = E_UNEXPECTED;
  // Objects in the reply are queried for interfaces, which may be calls.
  ComThread::RunOutsideJobs([&] { stored = StoreReply(*reply, parameters, result, exception, fault); });
  return stored;
}

}  // namespace com_cancel
