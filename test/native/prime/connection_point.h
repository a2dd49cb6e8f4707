// ConnectionPoint, the connection point of a Calculator's events. It shares the Calculator's reference count.
#pragma once

#include <wrl/client.h>

#include <vector>

#include "host/win.h"
// After win.h, which it needs.
#include <ocidl.h>

namespace prime {

class Calculator;

class ConnectionPoint final : public IConnectionPoint {
 public:
  explicit ConnectionPoint(Calculator& owner) : owner_(owner) {}
  ConnectionPoint(const ConnectionPoint&) = delete;
  ConnectionPoint& operator=(const ConnectionPoint&) = delete;
  ~ConnectionPoint() = default;

  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override;
  ULONG STDMETHODCALLTYPE AddRef() override;
  ULONG STDMETHODCALLTYPE Release() override;
  HRESULT STDMETHODCALLTYPE GetConnectionInterface(IID* iid) override;
  HRESULT STDMETHODCALLTYPE GetConnectionPointContainer(IConnectionPointContainer** container) override;
  HRESULT STDMETHODCALLTYPE Advise(IUnknown* sink, DWORD* cookie) override;
  HRESULT STDMETHODCALLTYPE Unadvise(DWORD cookie) override;
  HRESULT STDMETHODCALLTYPE EnumConnections(IEnumConnections** connections) override;

  // A copy of the list of sinks, to be called without the lock.
  std::vector<Microsoft::WRL::ComPtr<IDispatch>> Sinks();

 private:
  struct Connection {
    Microsoft::WRL::ComPtr<IDispatch> sink;
    DWORD cookie;
  };

  Calculator& owner_;
  com_cancel::Lock lock_;
  std::vector<Connection> connections_;
  DWORD last_cookie_ = 0;
};

}  // namespace prime
