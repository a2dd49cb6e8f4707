// What names of members an object has given DISPIDs for, kept with it so that a call by name is one round
// trip.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/win.h"
// After win.h, which it needs.
#include <oaidl.h>

namespace com_cancel {

// COM lets clients keep them: DISPIDs of members and parameters "must remain constant for the lifetime of the
// object". An object that changes its members all the same is found out when it knows a DISPID no more
// (dispatch.cc). Any number of threads at once.
class MemberIds {
 public:
  // A member, and the arguments named with it: DISPIDs of arguments mean something for their member alone.
  // Spelled as they were asked for, because only the object knows which spellings are the same to it.
  using Names = std::vector<std::u16string>;
  using Ids = std::vector<DISPID>;

  // Whether they are known.
  bool Find(const Names& names, Ids* ids);
  void Keep(const Names& names, const Ids& ids);
  void Forget(const Names& names);

 private:
  // An object may have any number of names. When there are so many, it starts anew.
  static constexpr std::size_t kMost = 256;

  Lock lock_;
  std::map<Names, Ids> known_;
};

}  // namespace com_cancel
