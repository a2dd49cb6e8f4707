// Call objects, which carry out asynchronous calls (rules A1 to A8), and what is told when one is signaled.
#pragma once

#include <wrl/client.h>

#include <memory>

#include "automation/call.h"
#include "automation/pointer.h"
#include "host/win.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

// Is told when the call of a call object is complete. Destroyed, on any thread, when the call object is
// released.
class CallListener {
 public:
  CallListener() = default;
  CallListener(const CallListener&) = delete;
  CallListener& operator=(const CallListener&) = delete;
  virtual ~CallListener() = default;

  // May be called from any thread; never blocks on JavaScript.
  virtual void Signaled() = 0;
};

// These are for threads of the apartment of `home`, which the object belongs to.

// ICallFactory::CreateCall: the outcome's value is a Pointer to the call object. E_NOINTERFACE for an object
// without ICallFactory (A1), and, with a description, for a call object without ISynchronize.
std::unique_ptr<Outcome> CreateCall(ComThread& home, const Pointer& object, REFIID iid,
                                    std::shared_ptr<CallListener> listener, const Job& job);
// ICancelMethodCalls of a call object.
std::unique_ptr<Outcome> CancelAsyncCall(ComThread& home, const Pointer& call, ULONG seconds, const Job& job);
std::unique_ptr<Outcome> TestAsyncCall(ComThread& home, const Pointer& call, const Job& job);
// ISynchronize::Wait of a call object with a timeout of 0.
std::unique_ptr<Outcome> WaitForAsyncCall(ComThread& home, const Pointer& call, const Job& job);

class CallObject;

// Around the call of a Begin_ method of an object that CreateCall made; has no effect for another object. Its
// listener is told once for each Begin_ that succeeds, however often the call object is signaled.
class Beginning {
 public:
  Beginning(ComThread& home, const Pointer& object);
  // The Begin_ has not succeeded, unless Keep was called.
  ~Beginning();
  Beginning(const Beginning&) = delete;
  Beginning& operator=(const Beginning&) = delete;

  // The Begin_ has succeeded. Throws std::bad_alloc.
  void Keep();

 private:
  Microsoft::WRL::ComPtr<CallObject> call_;  // null for another object
  bool pending_ = false;                     // a call was pending before
};

}  // namespace com_cancel
