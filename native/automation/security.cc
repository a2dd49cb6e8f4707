// InitializeSecurity and SetProxyBlanket.
#include "automation/security.h"

#include <wrl/client.h>
// After win.h, which it needs.
#include <ocidl.h>

#include "host/returned.h"
#include "threads/busy.h"
#include "threads/host_apartment.h"

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

HRESULT SetBlanket(IUnknown* object, const ProxyBlanket& blanket) {
  // Of proxies only: their proxy manager implements it.
  ComPtr<IClientSecurity> security;
  const HRESULT is_proxy = Query(object, security);
  if (FAILED(is_proxy)) return is_proxy;
  std::u16string principal = blanket.principal.value_or(u"");
  OLECHAR* const name =
      blanket.principal ? reinterpret_cast<OLECHAR*>(principal.data()) : COLE_DEFAULT_PRINCIPAL;
  // IUnknown comes first: it is what asks the server for the other interfaces. Each has a proxy of its own,
  // which lasts as long as the object's other proxies.
  const IID interfaces[] = {IID_IUnknown, IID_IDispatch, IID_IEnumVARIANT, IID_IConnectionPointContainer,
                            IID_IProvideClassInfo};
  for (const IID& iid : interfaces) {
    ComPtr<IUnknown> proxy;
    const HRESULT found =
        Returned(object->QueryInterface(iid, reinterpret_cast<void**>(proxy.GetAddressOf())), proxy);
    if (found == E_NOINTERFACE) continue;
    if (FAILED(found)) return found;
    const HRESULT set =
        CoSetProxyBlanket(proxy.Get(), blanket.service, blanket.authorization, name, blanket.authentication,
                          blanket.impersonation, nullptr, blanket.capabilities);
    if (FAILED(set)) return set;
  }
  return S_OK;
}

}  // namespace

HRESULT InitializeSecurity(const CallSecurity& security) {
  // Puts the calling thread into the multithreaded apartment if it has no other, and keeps the setting, which
  // would end with the last apartment of the process.
  KeepComAlive();
  return CoInitializeSecurity(nullptr, -1, nullptr, nullptr, security.authentication, security.impersonation,
                              nullptr, security.capabilities, nullptr);
}

std::unique_ptr<Outcome> SetProxyBlanket(ComThread& home, const std::shared_ptr<Pointer>& object,
                                         const ProxyBlanket& blanket, const Job& job) {
  if (!object) return OutcomeOf(RPC_E_DISCONNECTED);
  ComPtr<IUnknown> unknown;
  HRESULT hr = Resolve(*object, IID_PPV_ARGS(&unknown));
  if (SUCCEEDED(hr)) hr = RetryWhileBusy(home, job, [&] { return SetBlanket(unknown.Get(), blanket); });
  return OutcomeOf(hr);
}

}  // namespace com_cancel
