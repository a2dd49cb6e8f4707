// MemberIds, a cache of the DISPIDs of an object's members: a call by a known name is one round trip.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/win.h"
// After win.h, which it needs.
#include <oaidl.h>

namespace com_cancel {

// COM allows a cache: DISPIDs of members and parameters "must remain constant for the lifetime of the
// object". An object that changes its members all the same is noticed when it rejects a DISPID (dispatch.cc).
// Thread-safe.
class MemberIds {
 public:
  // A member and the arguments named with it: DISPIDs of arguments are only valid for their member. Spelled
  // as in the call, because only the object defines which spellings are equal.
  using Names = std::vector<std::u16string>;
  using Ids = std::vector<DISPID>;

  // False when they are not known.
  bool Find(const Names& names, Ids* ids);
  void Add(const Names& names, const Ids& ids);
  void Remove(const Names& names);

 private:
  // The limit, because an object may have any number of names: then the cache is emptied.
  static constexpr std::size_t kMost = 256;

  Lock lock_;
  std::map<Names, Ids> known_;
};

}  // namespace com_cancel
