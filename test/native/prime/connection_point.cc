// ConnectionPoint, the connection point of a Calculator's events.
#include "connection_point.h"

#include <algorithm>
#include <new>

#include "calculator.h"
#include "classes.h"
#include "enumerator.h"

using Microsoft::WRL::ComPtr;

namespace prime {

HRESULT ConnectionPoint::QueryInterface(REFIID iid, void** object) {
  if (!object) return E_POINTER;
  const bool known = iid == __uuidof(IUnknown) || iid == __uuidof(IConnectionPoint);
  *object = known ? this : nullptr;
  if (known) AddRef();
  return known ? S_OK : E_NOINTERFACE;
}

ULONG ConnectionPoint::AddRef() { return owner_.AddRef(); }
ULONG ConnectionPoint::Release() { return owner_.Release(); }

HRESULT ConnectionPoint::GetConnectionInterface(IID* iid) {
  if (!iid) return E_POINTER;
  *iid = kEvents;
  return S_OK;
}

HRESULT ConnectionPoint::GetConnectionPointContainer(IConnectionPointContainer** container) {
  if (!container) return E_POINTER;
  *container = &owner_;
  owner_.AddRef();
  return S_OK;
}

HRESULT ConnectionPoint::Advise(IUnknown* sink, DWORD* cookie) {
  if (!sink || !cookie) return E_POINTER;
  *cookie = 0;
  ComPtr<IDispatch> events;
  // As most servers do: requests the event interface, or IDispatch.
  if (FAILED(sink->QueryInterface(kEvents, reinterpret_cast<void**>(events.GetAddressOf()))) &&
      FAILED(sink->QueryInterface(IID_PPV_ARGS(&events))))
    return CONNECT_E_CANNOTCONNECT;
  const com_cancel::Guard guard(lock_);
  try {
    connections_.push_back({std::move(events), last_cookie_ + 1});
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  }
  *cookie = ++last_cookie_;
  return S_OK;
}

HRESULT ConnectionPoint::Unadvise(DWORD cookie) {
  ComPtr<IDispatch> leaving;  // released after the lock: Release may run any code
  const com_cancel::Guard guard(lock_);
  const auto found = std::find_if(connections_.begin(), connections_.end(),
                                  [&](const Connection& connection) { return connection.cookie == cookie; });
  if (found == connections_.end()) return CONNECT_E_NOCONNECTION;
  leaving = std::move(found->sink);
  connections_.erase(found);
  return S_OK;
}

HRESULT ConnectionPoint::EnumConnections(IEnumConnections** connections) {
  if (!connections) return E_POINTER;
  *connections = nullptr;
  try {
    std::vector<ConnectionItem> all;
    {
      const com_cancel::Guard guard(lock_);
      for (const Connection& connection : connections_) all.push_back({connection.sink, connection.cookie});
    }
    *connections = new Enumerator<IEnumConnections, ConnectionItem>(std::move(all));
    return S_OK;
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  }
}

std::vector<ComPtr<IDispatch>> ConnectionPoint::Sinks() {
  const com_cancel::Guard guard(lock_);
  std::vector<ComPtr<IDispatch>> sinks;
  for (const Connection& connection : connections_) sinks.push_back(connection.sink);
  return sinks;
}

}  // namespace prime
