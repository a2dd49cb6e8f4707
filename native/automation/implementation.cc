// Implementation, an object that JavaScript implements: its IDispatch, and its interfaces by vtable.
#include "automation/implementation.h"

#include <wrl/client.h>

#include <new>
#include <utility>

#include "automation/implemented_call.h"
#include "automation/incoming_arguments.h"
#include "automation/pointer.h"
#include "automation/put_through.h"
#include "automation/variant.h"
#include "host/text.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

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

// An interface of an Implementation besides IDispatch, with the Implementation's IUnknown.
template <typename Interface>
class Implementation::Part : public Interface {
 public:
  explicit Part(Implementation& object) : object_(object) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  virtual ~Part() = default;

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    return object_.QueryInterface(iid, object);
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return object_.AddRef(); }
  ULONG STDMETHODCALLTYPE Release() override { return object_.Release(); }

 protected:
  Implementation& object_;
};

// The methods of one interface by vtable.
class Implementation::Methods final : public SlotTarget {
 public:
  Methods(Implementation& object, std::shared_ptr<const ImplementedInterface> implemented)
      : object_(object), implemented_(std::move(implemented)) {}

  const std::shared_ptr<const ImplementedInterface>& implemented() const { return implemented_; }
  IUnknown* interface_pointer() { return slots_.interface_pointer(); }

  IUnknown* Controlling() noexcept override { return &object_; }
  HRESULT CallSlot(unsigned slot, SlotArguments& arguments) noexcept override {
    try {
      return CallJavaScript(implemented_->MethodAt(slot), arguments);
    } catch (const std::bad_alloc&) {
      return E_OUTOFMEMORY;
    } catch (...) {
      return E_UNEXPECTED;  // no exception may cross COM
    }
  }

 private:
  HRESULT CallJavaScript(const ImplementedMethod& method, SlotArguments& arguments) {
    const ImplementationCalls& calls = object_.calls_;
    const ComPtr<IUnknown> keep(&object_);  // a caller may release it while JavaScript runs
    const IncomingArguments incoming(method.whole, arguments);
    HRESULT hr = incoming.Check();
    if (SUCCEEDED(hr) && calls.home->closed()) hr = RPC_E_DISCONNECTED;
    if (FAILED(hr)) return hr;
    const PointerConversion pointers = PointersOf(*calls.home);
    const auto call = calls.New(DISPID_VALUE, DISPATCH_METHOD);
    call->method = SlotId{implemented_->iid(), method.whole.slot};
    hr = incoming.Read(pointers, call->args);
    if (FAILED(hr)) return hr;
    return Deliver(calls.Ask(call), incoming, pointers, implemented_->iid());
  }

  Implementation& object_;
  const std::shared_ptr<const ImplementedInterface> implemented_;
  SlotObject slots_{implemented_->vtable(), *this};
};

class Implementation::CallFactory final : public Part<ICallFactory> {
 public:
  using Part::Part;
  HRESULT STDMETHODCALLTYPE CreateCall(REFIID async_iid, IUnknown* outer, REFIID iid,
                                       IUnknown** call) override {
    if (!call) return E_POINTER;
    *call = nullptr;
    for (const auto& methods : object_.interfaces_) {
      const auto& implemented = methods->implemented();
      if (!implemented->has_async() || implemented->async_iid() != async_iid) continue;
      if (object_.calls_.home->closed()) return RPC_E_DISCONNECTED;
      return NewImplementedCall(object_.calls_, &object_, implemented, outer, iid, call);
    }
    return E_NOINTERFACE;
  }
};

class Implementation::ErrorSupport final : public Part<ISupportErrorInfo> {
 public:
  using Part::Part;
  HRESULT STDMETHODCALLTYPE InterfaceSupportsErrorInfo(REFIID iid) override {
    for (const auto& methods : object_.interfaces_) {
      if (methods->implemented()->iid() == iid) return S_OK;
    }
    return S_FALSE;
  }
};

Implementation::Implementation(std::shared_ptr<ComThread> home, std::shared_ptr<CallReceiver> receiver,
                               ImplementationId id, Members members, REFIID iid, const Interfaces& interfaces)
    : calls_{std::move(home), std::move(receiver), id}, members_(std::move(members)), iid_(iid) {
  for (const auto& implemented : interfaces) {
    interfaces_.push_back(std::make_unique<Methods>(*this, implemented));
    if (implemented->has_async() && !call_factory_) call_factory_ = std::make_unique<CallFactory>(*this);
    if (!error_support_) error_support_ = std::make_unique<ErrorSupport>(*this);
  }
  own_id_ = calls_.home->own_objects().Add(this);
}

Implementation::~Implementation() {
  calls_.home->own_objects().Remove(own_id_);
  calls_.receiver->PostImplementationReleased(calls_.id);
}

ComPtr<IUnknown> Implementation::Reference() {
  return AddRefUnlessLast() ? TakeOver<IUnknown>(this) : nullptr;
}

HRESULT STDMETHODCALLTYPE Implementation::QueryInterface(REFIID iid, void** object) {
  IUnknown* const found = object ? FindInterface(iid) : nullptr;
  if (!found) return CountedObject::QueryInterface(iid, object);
  *object = found;
  AddRef();
  return S_OK;
}

IUnknown* Implementation::FindInterface(REFIID iid) {
  if (iid == IID_IUnknown || iid == IID_IDispatch) return nullptr;
  if (iid_ != GUID_NULL && iid == iid_) return static_cast<IDispatch*>(this);
  for (const auto& methods : interfaces_) {
    if (methods->implemented()->iid() == iid) return methods->interface_pointer();
  }
  if (iid == IID_ICallFactory) return call_factory_.get();
  if (iid == IID_ISupportErrorInfo) return error_support_.get();
  return nullptr;
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
  if (calls_.home->closed()) return RPC_E_DISCONNECTED;
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
  if (calls_.home->closed()) return RPC_E_DISCONNECTED;
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
  const PointerConversion pointers = PointersOf(*calls_.home);
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
  const PointerConversion pointers = PointersOf(*calls_.home);
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
  const auto call = calls_.New(member, flags);
  const HRESULT taken_arguments = TakeArguments(parameters, *call, exception, fault);
  if (FAILED(taken_arguments)) return taken_arguments;
  const std::optional<Reply> reply = calls_.Ask(call);
  if (!reply) return RPC_E_DISCONNECTED;
  HRESULT stored = E_UNEXPECTED;
  // Objects in the reply are queried for interfaces, which may be calls.
  ComThread::RunOutsideJobs([&] { stored = StoreReply(*reply, parameters, result, exception, fault); });
  return stored;
}

}  // namespace com_cancel
