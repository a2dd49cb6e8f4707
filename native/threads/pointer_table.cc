// PointerTable, the interface pointers that a ComThread holds in its apartment.
#include "threads/pointer_table.h"

#include "host/counters.h"

namespace com_cancel {

PointerId PointerTable::Add(IUnknown* object) {
  Object added(object);
  const Guard guard(lock_);
  const PointerId id{++last_id_};
  if (!closed_) {
    held_[id] = std::move(added);
    ++counters::pointers;
  }
  return id;
}

HRESULT PointerTable::Find(PointerId id, Microsoft::WRL::ComPtr<IUnknown>& object) {
  const Guard guard(lock_);
  const auto entry = held_.find(id);
  if (entry == held_.end()) return RPC_E_DISCONNECTED;
  object = entry->second;
  return S_OK;
}

bool PointerTable::Remove(PointerId id) {
  const Guard guard(lock_);
  const auto entry = held_.find(id);
  if (entry == held_.end()) return false;
  removed_.push_back(std::move(entry->second));
  held_.erase(entry);
  --counters::pointers;
  return true;
}

void PointerTable::ReleaseRemoved(Runner& runner) {
  std::vector<Object> released;
  {
    const Guard guard(lock_);
    released.swap(removed_);
  }
  for (Object& object : released) runner.Release(std::move(object));
}

void PointerTable::Close(Runner& runner) {
  {
    std::unordered_map<PointerId, Object> released;
    {
      const Guard guard(lock_);
      closed_ = true;
      counters::pointers -= static_cast<long>(held_.size());
      released.swap(held_);
    }
    for (auto& [id, object] : released) runner.Release(std::move(object));
  }
  ReleaseRemoved(runner);
}

}  // namespace com_cancel
