// OwnObjects, the COM objects of this addon that live in a ComThread's apartment.
#pragma once

#include <wrl/client.h>

#include <atomic>
#include <cstdint>
#include <unordered_map>

#include "host/win.h"

namespace com_cancel {

// An object in the list, which owns no reference to it.
class OwnObject {
 public:
  OwnObject() = default;
  OwnObject(const OwnObject&) = delete;
  OwnObject& operator=(const OwnObject&) = delete;

  // A reference; null when the last one was released.
  virtual Microsoft::WRL::ComPtr<IUnknown> Reference() = 0;
  // On a thread of the apartment, which leaves it next, while a reference is held: ends what others do with
  // the object. By default, disconnects it from the clients of other apartments (CoDisconnectObject page).
  virtual void Disconnect() { CoDisconnectObject(Reference().Get(), 0); }

 protected:
  ~OwnObject() = default;
};

// Identifies an object of one OwnObjects. An id is never used twice.
enum class OwnObjectId : std::uint64_t {};

class OwnObjects {
 public:
  // `object` must call Remove with the id in its destructor.
  OwnObjectId Add(OwnObject* object);
  void Remove(OwnObjectId id);
  // A reference to an object; null when its last one was released.
  Microsoft::WRL::ComPtr<IUnknown> Find(OwnObjectId id);
  // On a thread of the apartment, before it leaves it: disconnects the objects. The calls of clients of other
  // apartments then fail; the multithreaded apartment would keep them connected for as long as it has a
  // thread.
  void Disconnect();
  // Whether Disconnect was called. Clients of the same apartment still reach the objects.
  bool disconnected() const { return disconnected_; }

 private:
  Lock lock_;
  std::unordered_map<OwnObjectId, OwnObject*> objects_;
  std::uint64_t last_id_ = 0;
  std::atomic<bool> disconnected_{false};
};

}  // namespace com_cancel
