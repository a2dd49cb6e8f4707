// OwnObjects, the COM objects of this addon that live in a ComThread's apartment.
#include "threads/own_objects.h"

#include <utility>
#include <vector>

using Microsoft::WRL::ComPtr;

namespace com_cancel {

OwnObjectId OwnObjects::Add(OwnObject* object) {
  const Guard guard(lock_);
  const OwnObjectId id{++last_id_};
  objects_[id] = object;
  return id;
}

void OwnObjects::Remove(OwnObjectId id) {
  const Guard guard(lock_);
  objects_.erase(id);
}

ComPtr<IUnknown> OwnObjects::Find(OwnObjectId id) {
  const Guard guard(lock_);
  const auto entry = objects_.find(id);
  return entry == objects_.end() ? nullptr : entry->second->Reference();
}

void OwnObjects::Disconnect() {
  disconnected_ = true;
  std::vector<std::pair<OwnObject*, ComPtr<IUnknown>>> connected;
  {
    const Guard guard(lock_);
    // Before the first reference is taken: the release of one that can't be stored would take the lock again.
    connected.reserve(objects_.size());
    for (const auto& [id, object] : objects_) {
      if (auto reference = object->Reference()) connected.emplace_back(object, std::move(reference));
    }
  }
  // Without the lock: COM releases its references here.
  for (const auto& [object, reference] : connected) object->Disconnect();
}

}  // namespace com_cancel
