// The class object of each class, and the count of locks that clients hold on the module.
#pragma once

#include <atomic>
#include <new>

#include "host/counted_object.h"
#include "refusals.h"

namespace prime {

// IClassFactory::LockServer, of all class objects.
inline std::atomic<long> server_locks{0};

// Of all class objects.
inline Refusals activations;

// Creates objects of the class `Made`.
template <typename Made>
class Factory final : public com_cancel::CountedObject<IClassFactory> {
 public:
  HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (outer) return CLASS_E_NOAGGREGATION;
    if (const HRESULT refused = activations.Next(); FAILED(refused)) return refused;
    const auto made = com_cancel::TakeOver(new (std::nothrow) Made);
    return made ? made->QueryInterface(iid, object) : E_OUTOFMEMORY;
  }
  HRESULT STDMETHODCALLTYPE LockServer(BOOL lock) override {
    server_locks += lock ? 1 : -1;
    return S_OK;
  }
};

}  // namespace prime
