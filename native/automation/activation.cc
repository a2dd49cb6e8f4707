// Activate, which gets an object.
#include "automation/activation.h"

#include <oleauto.h>

#include "automation/class_servers.h"
#include "automation/hosted.h"
#include "host/returned.h"
#include "host/text.h"
#include "threads/busy.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

HRESULT Create(const Activation& activation, ComPtr<IUnknown>& object) {
  CLSID id;
  const HRESULT known = ClassIdOf(activation.name, id);
  if (FAILED(known)) return known;
  std::u16string server_name = activation.server;
  COSERVERINFO server{};
  server.pwszName = reinterpret_cast<wchar_t*>(server_name.data());
  // Both at once: a query for the second one would be another round trip that may hang.
  const IID dispatch = IID_IDispatch;
  const IID unknown = IID_IUnknown;
  // IUnknown first: Wine creates the object for the first interface, and fails for one without it.
  MULTI_QI wanted[2] = {{&unknown, nullptr, S_OK}, {&dispatch, nullptr, S_OK}};
  const HRESULT hr = CoCreateInstanceEx(id, nullptr, activation.context,
                                        activation.server.empty() ? nullptr : &server, 2, wanted);
  ComPtr<IUnknown> as_dispatch;
  ComPtr<IUnknown> as_unknown;
  *as_unknown.GetAddressOf() = wanted[0].pItf;
  *as_dispatch.GetAddressOf() = wanted[1].pItf;
  if (FAILED(hr)) return hr;
  object = as_dispatch ? as_dispatch : as_unknown;
  return S_OK;
}

// Replaces the object by its IDispatch if it has one.
void PreferDispatch(ComPtr<IUnknown>& object) {
  ComPtr<IDispatch> dispatch;
  if (object && SUCCEEDED(Query(object.Get(), dispatch))) object = dispatch;
}

HRESULT Active(const Activation& activation, ComPtr<IUnknown>& object) {
  CLSID id;
  const HRESULT known = ClassIdOf(activation.name, id);
  if (FAILED(known)) return known;
  const HRESULT hr = Returned(GetActiveObject(id, nullptr, object.GetAddressOf()), object);
  PreferDispatch(object);
  return hr;
}

HRESULT Moniker(const Activation& activation, ComPtr<IUnknown>& object) {
  BIND_OPTS3 options{};
  options.cbStruct = sizeof options;
  options.grfMode = STGM_READWRITE;
  options.dwClassContext = activation.context;
  options.hwnd = activation.window;
  const HRESULT hr = Returned(CoGetObject(Wide(activation.name), activation.bind ? &options : nullptr,
                                          IID_IUnknown, reinterpret_cast<void**>(object.GetAddressOf())),
                              object);
  PreferDispatch(object);
  return hr;
}

HRESULT TypeLibrary(const Activation& activation, ComPtr<IUnknown>& object) {
  ComPtr<ITypeLib> library;
  const HRESULT hr =
      Returned(LoadTypeLibEx(Wide(activation.name), REGKIND_NONE, library.GetAddressOf()), library);
  object = library;
  return hr;
}

HRESULT Hosted(const Activation& activation, ComPtr<IUnknown>& object,
               std::optional<ExceptionText>& failure) {
  CLSID id;
  const HRESULT known = ClassIdOf(activation.name, id);
  if (FAILED(known)) return known;
  return CreateHosted(*activation.host, id, activation.made_in, object, failure);
}

}  // namespace

HRESULT Activate(const ComThread& home, const Activation& activation, const Job& job,
                 ComPtr<IUnknown>& object, std::optional<ExceptionText>& failure) {
  // Not in the scope of an activation, which has one cancel object for all its calls: this one has its own.
  if (activation.kind == Activation::Kind::kHosted) return Hosted(activation, object, failure);
  const auto attempt = [&] {
    object.Reset();
    switch (activation.kind) {
      case Activation::Kind::kCreate:
        return Create(activation, object);
      case Activation::Kind::kActive:
        return Active(activation, object);
      case Activation::Kind::kMoniker:
        return Moniker(activation, object);
      case Activation::Kind::kTypeLibrary:
        return TypeLibrary(activation, object);
      case Activation::Kind::kHosted:
        break;
    }
    return E_INVALIDARG;
  };
  const HRESULT hr = RetryWhileBusy(home, job, attempt, CallScope::Of::kActivation);
  if (FAILED(hr)) object.Reset();
  return SUCCEEDED(hr) && !object ? RPC_E_CALL_CANCELED : hr;
}

}  // namespace com_cancel
