// Pointer, an interface pointer of a ComThread's apartment, as other threads hold it.
#pragma once

#include <memory>

#include "automation/member_ids.h"
#include "automation/value.h"
#include "automation/variant.h"
#include "host/held_process.h"
#include "threads/com_thread.h"

namespace com_cancel {

// Opaque to threads of other apartments. When the last share is destroyed, on any thread, a thread of the
// apartment releases the interface.
class Pointer {
 public:
  Pointer(std::shared_ptr<ComThread> home, PointerId id, const FILETIME& since)
      : home_(std::move(home)), id_(id), since_(since) {}
  ~Pointer() { home_->RemovePointer(id_); }
  Pointer(const Pointer&) = delete;
  Pointer& operator=(const Pointer&) = delete;

  const std::shared_ptr<ComThread>& home() const { return home_; }
  PointerId id() const { return id_; }
  // When the object's server was known to run.
  const FILETIME& since() const { return since_; }
  // Of this pointer alone. To find out whether another one is of the same object would be a call.
  MemberIds& member_ids() const { return member_ids_; }

 private:
  const std::shared_ptr<ComThread> home_;
  const PointerId id_;
  const FILETIME since_;
  mutable MemberIds member_ids_;
};

// These are for threads of the apartment of `home`.

// A new Pointer with a reference to the object, which a call has just returned.
std::shared_ptr<Pointer> Hold(ComThread& home, IUnknown* object);
// The same as a Value: of the object's IDispatch if it has one. `since` as in Pointer.
Value HoldAsValue(ComThread& home, IUnknown* object, const FILETIME& since = SystemTime());
// The interface behind a Pointer, with a reference for the caller. RPC_E_WRONG_THREAD on a thread of another
// apartment, RPC_E_DISCONNECTED when the home thread has ended.
HRESULT Resolve(const Pointer& pointer, REFIID iid, void** object);
// How values in this apartment hold pointers. `home` must outlive the result.
PointerConversion PointersOf(ComThread& home);

}  // namespace com_cancel
