// The class object, and the count of locks that clients hold on the module.
#pragma once

#include <atomic>

#include "host/counted_object.h"
#include "refusals.h"

namespace prime {

// IClassFactory::LockServer, of all class objects.
inline std::atomic<long> server_locks{0};

// Of all class objects.
inline Refusals activations;

class Factory final : public com_cancel::CountedObject<IClassFactory> {
 public:
  HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override;
  HRESULT STDMETHODCALLTYPE LockServer(BOOL lock) override;
};

}  // namespace prime
