// Message, an RPC message that has been taken from the COM call that made it; and the functions of rpcrt4
// that it needs.
#pragma once

#include <string>

#include "host/win.h"
// After windows.h, which they need.
#include <rpc.h>
#include <rpcdcep.h>

namespace com_cancel {

// Looked up by name: only the stand-in uses them.
struct RpcFunctions {
  decltype(&::I_RpcSendReceive) SendReceive = nullptr;
  decltype(&::I_RpcAllocate) Allocate = nullptr;
  decltype(&::I_RpcFreeBuffer) FreeBuffer = nullptr;
  decltype(&::RpcBindingToStringBindingW) BindingToStringBinding = nullptr;
  decltype(&::RpcStringFreeW) StringFree = nullptr;

  // False when the system lacks one.
  bool LookUp();
};

class Message {
 public:
  // Copies the message and the description of its interface, which belong to the caller's stack and heap. The
  // message itself owns its buffer and references on its connection and binding.
  Message(const RpcFunctions& rpc, const RPC_MESSAGE& message);
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  // Sends it and waits for the reply, which takes its place.
  RPC_STATUS SendReceive() { return rpc_.SendReceive(&message_); }
  // To its caller: the reply.
  void MoveTo(RPC_MESSAGE& caller);
  // Leaves the caller a message that frees nothing.
  static void Empty(RPC_MESSAGE& caller);
  // Frees the buffer and releases the references.
  void Free() { rpc_.FreeBuffer(&message_); }
  const RPC_MESSAGE& get() const { return message_; }

 private:
  const RpcFunctions& rpc_;
  RPC_MESSAGE message_;
  RPC_CLIENT_INTERFACE interface_{};
};

// The apartment that a message is sent to, as text; empty when the system does not tell.
std::wstring ServerOf(const RpcFunctions& rpc, const RPC_MESSAGE& message);

// Whether it is a call of IRemUnknown::RemRelease, by which a proxy releases its object.
bool IsRelease(const RPC_MESSAGE& message);
// Likewise of RemQueryInterface, by which it gets further interfaces.
bool IsQuery(const RPC_MESSAGE& message);

// Puts the reply of a release that succeeded in place of a message that has been taken. The status of the
// call.
RPC_STATUS ReplyToRelease(const RpcFunctions& rpc, RPC_MESSAGE& message);

}  // namespace com_cancel
