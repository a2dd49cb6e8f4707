// PointerTable, the interface pointers that a ComThread holds in its apartment.
#pragma once

#include <wrl/client.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "host/win.h"
#include "threads/runner.h"

namespace com_cancel {

// Identifies an interface pointer of one ComThread.
enum class PointerId : std::uint64_t {};

// Any thread may remove a pointer; only a thread of the apartment releases it. References are taken and
// released outside the lock: either may run any code.
class PointerTable {
 public:
  // Takes a reference, unless the table was closed: the id then finds nothing.
  PointerId Add(IUnknown* object);
  // RPC_E_DISCONNECTED when the pointer was removed or the table closed.
  HRESULT Find(PointerId id, Microsoft::WRL::ComPtr<IUnknown>& object);
  // Moves a pointer to the list of those to release. False when the table has none of this id.
  bool Remove(PointerId id);

  // On a thread of the apartment, which `runner` stands for: releases what was removed.
  void ReleaseRemoved(Runner& runner);
  // On the thread itself, before it leaves the apartment: releases everything. Nothing can be added from then
  // on.
  void Close(Runner& runner);

 private:
  using Object = Microsoft::WRL::ComPtr<IUnknown>;

  Lock lock_;
  // A pointer is in one of the two, so that Close finds it.
  std::unordered_map<PointerId, Object> held_;
  std::vector<Object> removed_;
  std::uint64_t last_id_ = 0;
  bool closed_ = false;
};

}  // namespace com_cancel
