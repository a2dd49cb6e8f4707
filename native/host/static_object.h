// StaticObject, the base of COM objects that are never destroyed and so count no references.
#pragma once

#include "host/win.h"

namespace com_cancel {

// For objects that COM may still hold when threads or the process end: their variables have static storage.
template <typename Interface>
class StaticObject : public Interface {
 public:
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    if (!object) return E_POINTER;
    const bool known = iid == __uuidof(IUnknown) || iid == __uuidof(Interface);
    *object = known ? static_cast<Interface*>(this) : nullptr;
    return known ? S_OK : E_NOINTERFACE;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
  ULONG STDMETHODCALLTYPE Release() override { return 1; }

 protected:
  ~StaticObject() = default;
};

}  // namespace com_cancel
