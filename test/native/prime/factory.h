// The class object of each class, and the count of locks that clients hold on the module.
#pragma once

#include <atomic>
#include <new>
#include <tuple>

#include "host/counted_object.h"
#include "refusals.h"

namespace prime {

// IClassFactory::LockServer, of all class objects.
inline std::atomic<long> server_locks{0};

// Of all class objects.
inline Refusals activations;

// Creates objects of the class `Made`, whose constructor takes `With`.
template <typename Made, typename... With>
class Factory final : public com_cancel::CountedObject<IClassFactory> {
 public:
  explicit Factory(With... with) : with_(with...) {}

  HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (outer) return CLASS_E_NOAGGREGATION;
    if (const HRESULT refused = activations.Next(); FAILED(refused)) return refused;
    const auto made = com_cancel::TakeOver(
        std::apply([](const auto&... with) { return new (std::nothrow) Made(with...); }, with_));
    return made ? made->QueryInterface(iid, object) : E_OUTOFMEMORY;
  }
  HRESULT STDMETHODCALLTYPE LockServer(BOOL lock) override {
    server_locks += lock ? 1 : -1;
    return S_OK;
  }

 private:
  const std::tuple<With...> with_;
};

}  // namespace prime
