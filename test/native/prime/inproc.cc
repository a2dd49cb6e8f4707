// prime_inproc.dll, the classes as an in-process server.
#include <new>

#include "async_prime.h"
#include "calculator.h"
#include "classes.h"
#include "described.h"
#include "factory.h"
#include "host.h"
#include "liar.h"
#include "standin/functions.h"

namespace prime {

HRESULT host::EndProcess(DWORD) { return E_ACCESSDENIED; }

HRESULT host::RejectCalls(DWORD, SERVERCALL) { return E_NOTIMPL; }

}  // namespace prime

// Declared in the system's headers, exported by inproc.def.
STDAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void** object) {
  if (!object) return E_POINTER;
  *object = nullptr;
  if (!prime::IsIn(prime::kLibrary, clsid)) return CLASS_E_CLASSNOTAVAILABLE;
  com_cancel_ServeCancellation();  // has no effect where the client has done it
  if (clsid == prime::kLiar) return prime::GetLiarFactory(iid, object);
  if (clsid == prime::kDescribed || clsid == prime::kDescribedApartment)
    return prime::GetDescribedFactory(iid, object);
  const HRESULT async = prime::GetAsyncPrimeFactory(clsid, iid, object);
  if (async != CLASS_E_CLASSNOTAVAILABLE) return async;
  const auto factory = com_cancel::TakeOver(new (std::nothrow) prime::Factory<prime::Calculator>);
  return factory ? factory->QueryInterface(iid, object) : E_OUTOFMEMORY;
}

STDAPI DllCanUnloadNow() {
  return com_cancel::counters::objects == 0 && prime::server_locks == 0 ? S_OK : S_FALSE;
}
