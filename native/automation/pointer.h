// An interface pointer at home in the apartment of a ComThread, as everyone else may hold it.
#pragma once

#include <memory>

#include "automation/member_ids.h"
#include "node/outbox.h"

namespace com_cancel {

class ComThread;

// Opaque: only the apartment's threads can look behind it (ComThread::Resolve). The last holder, on whatever
// thread, has it released at home.
class Pointer {
 public:
  Pointer(std::shared_ptr<ComThread> home, Key key) : home_(std::move(home)), key_(key) {}
  ~Pointer();
  Pointer(const Pointer&) = delete;
  Pointer& operator=(const Pointer&) = delete;

  const std::shared_ptr<ComThread>& home() const { return home_; }
  Key key() const { return key_; }
  // Of this pointer alone: whether another one is the same object's is not asked, which would be a call, too.
  MemberIds& ids() const { return ids_; }

 private:
  const std::shared_ptr<ComThread> home_;
  const Key key_;
  mutable MemberIds ids_;
};

}  // namespace com_cancel
