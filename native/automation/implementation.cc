// An IDispatch that JavaScript carries out.
#include "automation/implementation.h"

#include <wrl/client.h>

#include <new>

#include "automation/dispatch.h"
#include "automation/incoming_call.h"
#include "automation/variant.h"
#include "host/text.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// How soon JavaScript hears that a caller has canceled, and a caller that the environment is gone.
constexpr DWORD kLookPeriod = 20;  // milliseconds

std::atomic<Key> last_call{0};

}  // namespace

Implementation::Implementation(std::shared_ptr<ComThread> home, std::shared_ptr<Outbox> outbox, Key key,
                               Members members, REFIID iid)
    : home_(std::move(home)),
      outbox_(std::move(outbox)),
      key_(key),
      members_(std::move(members)),
      iid_(iid) {}

Implementation::~Implementation() { outbox_->Post({Message::Kind::kForgotten, key_}); }

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
  try {
    HRESULT hr = S_OK;
    for (UINT i = 0; i < count; ++i) {
      // The first is the member, the others are names of its arguments, which it has none of.
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
  if (!parameters) return E_INVALIDARG;
  try {
    return CallJavaScript(member, flags, *parameters, result, exception, fault);
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  } catch (...) {
    return E_UNEXPECTED;  // no exception may cross COM
  }
}

HRESULT Implementation::CallJavaScript(DISPID member, WORD flags, DISPPARAMS& parameters, VARIANT* result,
                                       EXCEPINFO* exception, UINT* fault) {
  const PointerConversion pointers = PointersOf(*home_);
  const UINT count = parameters.cArgs;
  const auto variant_at = [&](std::size_t position) -> const VARIANT& {
    return parameters.rgvarg[count - 1 - position];
  };

  const auto incoming = std::make_shared<Incoming>();
  incoming->key = ++last_call;
  incoming->implementation = key_;
  incoming->dispid = member;
  incoming->flags = flags;
  incoming->home = home_;
  incoming->args.resize(count);
  for (std::size_t position = 0; position < count; ++position) {
    const HRESULT hr = FromVariant(variant_at(position), pointers, &incoming->args[position]);
    if (FAILED(hr)) {
      if (fault) *fault = count - 1 - static_cast<UINT>(position);
      return hr == DISP_E_BADVARTYPE ? DISP_E_TYPEMISMATCH : hr;
    }
  }
  ComPtr<ICancelMethodCalls> call;
  static_cast<void>(CoGetCallContext(IID_PPV_ARGS(&call)));  // none in a call inside the apartment

  Message message(Message::Kind::kIncoming, incoming->key);
  message.incoming = incoming;
  if (!outbox_->Post(std::move(message))) return RPC_E_DISCONNECTED;
  home_->ServeUntil(
      [&] {
        if (incoming->Answered() || outbox_->closed()) return true;
        if (call && !incoming->canceled && call->TestCancel() == RPC_E_CALL_CANCELED) {
          incoming->canceled = true;
          outbox_->Post({Message::Kind::kIncomingCanceled, incoming->key});
        }
        return false;
      },
      kLookPeriod);

  Reply reply;
  {
    const Guard guard(incoming->lock);
    if (!incoming->answer) return RPC_E_DISCONNECTED;
    reply = std::move(*incoming->answer);
  }
  for (const auto& [position, value] : reply.outs) {
    if (position >= count || !(variant_at(position).vt & VT_BYREF)) continue;
    const HRESULT hr = PutThrough(variant_at(position), value, pointers);
    if (FAILED(hr)) {
      if (fault) *fault = count - 1 - static_cast<UINT>(position);
      return hr;
    }
  }
  if (reply.exception && exception) {
    *exception = {};
    exception->scode = FAILED(reply.hresult) ? reply.hresult : E_FAIL;
    exception->bstrSource = NewText(reply.exception->source);
    exception->bstrDescription = NewText(reply.exception->description);
    exception->bstrHelpFile = NewText(reply.exception->help_file);
    exception->dwHelpContext = reply.exception->help_context;
    return DISP_E_EXCEPTION;
  }
  if (SUCCEEDED(reply.hresult) && reply.value && result) {
    const HRESULT hr = ToVariant(*reply.value, pointers, result);
    if (FAILED(hr)) return hr;
  }
  return reply.hresult;
}

}  // namespace com_cancel
