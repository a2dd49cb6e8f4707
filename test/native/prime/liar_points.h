// The connection point of a Liar.
#pragma once

#include <vector>

#include "host/counted_object.h"
#include "lies.h"
// After win.h, which they need.
#include <ocidl.h>

namespace prime {

class LyingPoint final : public com_cancel::CountedObject<IConnectionPoint> {
 public:
  explicit LyingPoint(SharedLies lies) : lies_(std::move(lies)) {}

  HRESULT STDMETHODCALLTYPE GetConnectionInterface(IID* iid) override;
  HRESULT STDMETHODCALLTYPE GetConnectionPointContainer(IConnectionPointContainer** container) override;
  HRESULT STDMETHODCALLTYPE Advise(IUnknown* sink, DWORD* cookie) override;
  HRESULT STDMETHODCALLTYPE Unadvise(DWORD cookie) override;
  HRESULT STDMETHODCALLTYPE EnumConnections(IEnumConnections** connections) override;

  // The sink that was connected last; null when there is none.
  Microsoft::WRL::ComPtr<IUnknown> Sink();

 private:
  const SharedLies lies_;
  com_cancel::Lock lock_;
  Microsoft::WRL::ComPtr<IUnknown> sink_;
};

// Enumerates the one point.
Microsoft::WRL::ComPtr<IEnumConnectionPoints> LyingPoints(SharedLies lies,
                                                          Microsoft::WRL::ComPtr<IConnectionPoint> point);

}  // namespace prime
