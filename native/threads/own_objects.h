// OwnObjects, the COM objects of this addon that live in a ComThread's apartment.
#pragma once

#include <wrl/client.h>

#include <atomic>
#include <unordered_set>

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

 protected:
  ~OwnObject() = default;
};

class OwnObjects {
 public:
  // `object` must call Remove in its destructor.
  void Add(OwnObject* object);
  void Remove(OwnObject* object);
  // On a thread of the apartment, before it leaves it: disconnects the objects from the clients of other
  // apartments, whose calls then fail. The multithreaded apartment would keep them connected for as long as
  // it has a thread.
  void Disconnect();
  // Whether Disconnect was called. Clients of the same apartment still reach the objects.
  bool disconnected() const { return disconnected_; }

 private:
  Lock lock_;
  std::unordered_set<OwnObject*> objects_;
  std::atomic<bool> disconnected_{false};
};

}  // namespace com_cancel
