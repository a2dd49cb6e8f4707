// Base class of COM objects with one interface: IUnknown, and a count for diagnostics().
#pragma once

#include <wrl/client.h>

#include <atomic>

#include "host/counters.h"
#include "host/win.h"

namespace com_cancel {

template <typename Interface>
class CountedObject : public Interface {
 public:
  CountedObject(const CountedObject&) = delete;
  CountedObject& operator=(const CountedObject&) = delete;

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    if (!object) return E_POINTER;
    if (iid == __uuidof(IUnknown) || iid == __uuidof(Interface)) {
      *object = static_cast<Interface*>(this);
      AddRef();
      return S_OK;
    }
    *object = nullptr;
    return E_NOINTERFACE;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
  ULONG STDMETHODCALLTYPE Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }

 protected:
  // A new object has one reference, which belongs to its creator: pass it to TakeOver.
  CountedObject() { ++counters::objects; }
  virtual ~CountedObject() { --counters::objects; }

  // Takes a reference, for a list of objects that owns none. False when the last reference was released: the
  // object is about to be destroyed, or its destructor runs.
  bool AddRefUnlessLast() {
    ULONG count = references_;
    while (count != 0 && !references_.compare_exchange_weak(count, count + 1)) {
    }
    return count != 0;
  }

 private:
  std::atomic<ULONG> references_{1};
};

// Returns an owner of the one reference of a new object. Not ComPtr::Attach, which adds a reference in
// MinGW-w64 10.
template <typename Object>
Microsoft::WRL::ComPtr<Object> TakeOver(Object* made) {
  Microsoft::WRL::ComPtr<Object> owner;
  *owner.GetAddressOf() = made;
  return owner;
}

}  // namespace com_cancel
