// ThreadComState, the changes that an environment made to the COM state of its own thread.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "host/win.h"

namespace com_cancel {

class ObjectHandle;

// For the environment's thread only. The functions do what COM's functions of the same names do, and note
// what has to be undone when the environment ends.
class ThreadComState {
 public:
  HRESULT InitializeEx(DWORD flags);
  HRESULT Uninitialize();
  HRESULT EnableCallCancellation(void* reserved);
  HRESULT DisableCallCancellation(void* reserved);
  HRESULT SetCancelObject(ObjectHandle* handle);
  HRESULT SwitchCallContext(ObjectHandle* handle, IUnknown** before);

  // Restores the state in two steps: first unregisters the environment's objects, ...
  void UnregisterObjects();
  // ... then, after all references to objects were released, leaves the apartment.
  void LeaveApartment();

 private:
  unsigned initialized_ = 0;
  unsigned enabled_ = 0;
  // Keeps the handles of registered cancel objects, and so their onCancel, from being collected.
  std::vector<Napi::ObjectReference> registered_;
  // CoSwitchCallContext takes no reference (S5): the object must live as long as the context is current, also
  // when JavaScript releases the handle, and when an environment that ends deletes handles first, as Deno
  // does.
  std::shared_ptr<IUnknown> context_object_;
  Napi::ObjectReference context_;
};

}  // namespace com_cancel
