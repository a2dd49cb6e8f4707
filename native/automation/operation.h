// Operation, what a job does with one object: binding.d.ts's Operation.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "automation/call.h"
#include "automation/call_object.h"
#include "automation/method.h"
#include "automation/pointer.h"
#include "threads/com_thread.h"
#include "threads/job.h"

namespace com_cancel {

namespace operation {

struct LookUp {
  std::u16string member;
};
struct Next {
  ULONG count;
};
struct Events {
  IID iid;  // GUID_NULL: the default source interface
};
struct Describe {
  bool brief;
};
struct DescribeLibrary {};
struct Advise {
  IID iid;
  std::shared_ptr<Pointer> sink;
};
struct Unadvise {
  IID iid;
  DWORD cookie;
};
struct Is {
  std::shared_ptr<Pointer> other;
};
struct FindProcess {};
struct CreateCall {
  IID iid;
  std::shared_ptr<CallListener> listener;
};
struct CancelCall {
  ULONG seconds;
};
struct TestCall {};
struct WaitCall {};

}  // namespace operation

using Operation =
    std::variant<Invocation, operation::LookUp, operation::Next, operation::Events, operation::Describe,
                 operation::DescribeLibrary, operation::Advise, operation::Unadvise, operation::Is,
                 operation::FindProcess, MethodCall, operation::CreateCall, operation::CancelCall,
                 operation::TestCall, operation::WaitCall>;

// On a thread of the apartment of `home`, which the object belongs to. RPC_E_DISCONNECTED for a null object,
// sink or other object, which JavaScript has released. When `job` is canceled between two calls, the second
// one is not made.
std::unique_ptr<Outcome> CarryOut(ComThread& home, const std::shared_ptr<Pointer>& object,
                                  const Operation& operation, const Job& job);

}  // namespace com_cancel
