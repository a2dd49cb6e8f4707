// MemberIds, a cache of the DISPIDs of an object's members.
#include "automation/member_ids.h"

namespace com_cancel {

bool MemberIds::Find(const Names& names, Ids* ids) {
  const Guard guard(lock_);
  const auto found = known_.find(names);
  if (found == known_.end()) return false;
  *ids = found->second;
  return true;
}

void MemberIds::Add(const Names& names, const Ids& ids) {
  const Guard guard(lock_);
  if (known_.size() >= kMost) known_.clear();
  known_.insert_or_assign(names, ids);
}

void MemberIds::Remove(const Names& names) {
  const Guard guard(lock_);
  known_.erase(names);
}

}  // namespace com_cancel
