// The RPC of an outgoing call: how the thread that it blocks is released before the server answers.
//
// In Wine 8 and 10, a proxy's call to another apartment is made in dlls/combase/rpc.c. The calling thread
// queues a work item and waits for an event, pumping messages if it is in an STA. The work item calls
// I_RpcSendReceive, stores its result, and sets the event. Three functions that combase.dll imports are
// replaced:
// - QueueUserWorkItem runs on the calling thread, and passes the call's cancel object on to the work item.
// - I_RpcSendReceive runs in the work item. It has the message sent by a second work item, and returns when
//   the reply has come or the call was canceled. In the second case it takes the message away from its
//   caller: the second work item stays behind, waits for the reply, and drops it. So the connection is in
//   order, the next call has its own reply (C10), and the end of the canceled method is known.
// - RpcBindingInqObject runs on the calling thread. COM looks up whether the object is in an STA of this
//   process, and if so posts the call to its thread, without an RPC and beyond the reach of a cancel. With
//   another id it does not find the object and makes an RPC to its own process, which ends in the same STA.
#include "standin/rpc.h"

#include <atomic>
#include <iterator>
#include <memory>
#include <new>
#include <utility>

#include "standin/imports.h"
#include "standin/late_reply.h"
#include "standin/message.h"
#include "standin/methods_left.h"
#include "standin/stack.h"

namespace com_cancel::rpc {
namespace {

using Microsoft::WRL::ComPtr;

decltype(&::QueueUserWorkItem) queue_user_work_item = nullptr;
decltype(&::I_RpcSendReceive) send_receive = nullptr;
decltype(&::RpcBindingInqObject) binding_inq_object = nullptr;
RpcFunctions functions;

// A message that is sent, and its reply. Shared by the two work items.
class Exchange {
 public:
  Exchange(const RPC_MESSAGE& message, OutgoingCall* call) : call_(call), message_(functions, message) {}

  // In the second work item.
  void Send() {
    status_ = message_.SendReceive();
    State pending = State::kPending;
    if (state_.compare_exchange_strong(pending, State::kReplied)) {
      call_->WakeReceiver();
      return;
    }
    Drop();
    methods_left::Remove(server_);
  }

  // In the first one: waits for the reply and returns it as I_RpcSendReceive does, or leaves the message.
  RPC_STATUS Receive(RPC_MESSAGE& caller) {
    if (call_->AwaitReply([this] { return state_ == State::kReplied; })) {
      message_.MoveTo(caller);
      return status_;
    }
    // The reply may have come at the same time.
    if (!Leave()) Drop();
    Message::Empty(caller);
    // COM takes a negative status for an HRESULT.
    return static_cast<RPC_STATUS>(RPC_E_CALL_CANCELED);
  }

 private:
  enum class State { kPending, kReplied, kLeft };

  void Drop() {
    if (status_ == RPC_S_OK) ReleaseInterfaces(message_.get());
    message_.Free();
  }

  // False when the reply has come.
  bool Leave() {
    if (state_ == State::kReplied) return false;
    try {
      server_ = ServerOf(functions, message_.get());
      methods_left::Add(server_);
    } catch (const std::bad_alloc&) {
      while (state_ != State::kReplied) Sleep(1);
      return false;
    }
    State pending = State::kPending;
    if (state_.compare_exchange_strong(pending, State::kLeft)) return true;
    methods_left::Remove(server_);
    return false;
  }

  const ComPtr<OutgoingCall> call_;
  Message message_;
  std::wstring server_;  // set by the first work item before it leaves
  RPC_STATUS status_ = RPC_S_OK;
  std::atomic<State> state_{State::kPending};
};

DWORD WINAPI Send(void* shared) {
  const std::unique_ptr<std::shared_ptr<Exchange>> exchange(static_cast<std::shared_ptr<Exchange>*>(shared));
  (*exchange)->Send();
  return 0;
}

// The call whose work item the calling thread runs.
thread_local OutgoingCall* current_call = nullptr;

RPC_STATUS RPC_ENTRY SendReceive(RPC_MESSAGE* message) {
  OutgoingCall* const call = std::exchange(current_call, nullptr);
  try {
    if (IsRelease(*message) && methods_left::TakeRelease(functions, *message))
      return ReplyToRelease(functions, *message);
    if (!call) return send_receive(message);
    const auto exchange = std::make_shared<Exchange>(*message, call);
    auto shared = std::make_unique<std::shared_ptr<Exchange>>(exchange);
    if (!queue_user_work_item(Send, shared.get(), WT_EXECUTELONGFUNCTION)) return send_receive(message);
    static_cast<void>(shared.release());
    return exchange->Receive(*message);
  } catch (const std::bad_alloc&) {
    return send_receive(message);
  }
}

struct WorkItem {
  LPTHREAD_START_ROUTINE function;
  void* argument;
  ComPtr<OutgoingCall> call;
};

DWORD WINAPI RunWorkItem(void* argument) {
  const std::unique_ptr<const WorkItem> item(static_cast<const WorkItem*>(argument));
  current_call = item->call.Get();
  const DWORD result = item->function(item->argument);
  current_call = nullptr;
  return result;
}

BOOL WINAPI QueueWorkItem(LPTHREAD_START_ROUTINE function, void* argument, ULONG flags) {
  auto call = thread_stack::TakeCallToSend(argument);
  if (!call) return queue_user_work_item(function, argument, flags);
  std::unique_ptr<WorkItem> item(new (std::nothrow) WorkItem{function, argument, std::move(call)});
  if (!item) return queue_user_work_item(function, argument, flags);
  if (!queue_user_work_item(RunWorkItem, item.get(), flags)) return FALSE;
  static_cast<void>(item.release());
  return TRUE;
}

thread_local bool makes_message = false;

RPC_STATUS RPC_ENTRY InqObject(RPC_BINDING_HANDLE binding, UUID* object) {
  if (!std::exchange(makes_message, false)) return binding_inq_object(binding, object);
  // An id of the form that Wine's IRemUnknown has, of an apartment that does not exist.
  *object = {0, 0xFFFF, 0, {}};
  return RPC_S_OK;
}

}  // namespace

bool Install() {
  const HMODULE combase = GetModuleHandleW(L"combase.dll");
  if (!combase || !functions.LookUp()) return false;
  const Import imports[] = {ImportOf("QueueUserWorkItem", &QueueWorkItem, queue_user_work_item),
                            ImportOf("I_RpcSendReceive", &SendReceive, send_receive),
                            ImportOf("RpcBindingInqObject", &InqObject, binding_inq_object)};
  return ReplaceImports(combase, imports, std::size(imports));
}

void BeginMessage() { makes_message = true; }

void EndMessage() { makes_message = false; }

bool MethodsLeft() { return methods_left::Any(); }

}  // namespace com_cancel::rpc
