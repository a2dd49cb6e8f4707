// The class object, which creates Calculators.
#include "factory.h"

#include <new>

#include "calculator.h"

namespace prime {

HRESULT Factory::CreateInstance(IUnknown* outer, REFIID iid, void** object) {
  if (!object) return E_POINTER;
  *object = nullptr;
  if (outer) return CLASS_E_NOAGGREGATION;
  if (const HRESULT refused = activations.Next(); FAILED(refused)) return refused;
  const auto made = com_cancel::TakeOver(new (std::nothrow) Calculator);
  return made ? made->QueryInterface(iid, object) : E_OUTOFMEMORY;
}

HRESULT Factory::LockServer(BOOL lock) {
  server_locks += lock ? 1 : -1;
  return S_OK;
}

}  // namespace prime
