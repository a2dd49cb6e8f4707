// Message, an RPC message that has been taken from the COM call that made it.
#include "standin/message.h"

#include <cstring>

namespace com_cancel {
namespace {

template <typename Function>
bool LookUpIn(HMODULE library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(library, name)));
  return function != nullptr;
}

// [MS-DCOM] 1.9 and 3.1.1.5.6: IRemUnknown, IRemUnknown2, and opnums of both.
constexpr IID kRemUnknown = {0x00000131, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr IID kRemUnknown2 = {0x00000143, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr unsigned kRemQueryInterface = 3;
constexpr unsigned kRemRelease = 5;

// The reply to RemRelease: ORPCTHAT without flags and extensions, and the HRESULT S_OK.
constexpr unsigned kReleaseReply = 12;

bool IsOfRemUnknown(const RPC_MESSAGE& message, unsigned method) {
  const auto* const description = static_cast<const RPC_CLIENT_INTERFACE*>(message.RpcInterfaceInformation);
  if (!description || (message.ProcNum & ~static_cast<unsigned>(RPC_FLAGS_VALID_BIT)) != method) return false;
  const IID& iid = description->InterfaceId.SyntaxGUID;
  return IsEqualGUID(iid, kRemUnknown) || IsEqualGUID(iid, kRemUnknown2);
}

}  // namespace

bool RpcFunctions::LookUp() {
  const HMODULE rpcrt4 = GetModuleHandleW(L"rpcrt4.dll");
  return rpcrt4 && LookUpIn(rpcrt4, "I_RpcSendReceive", SendReceive) &&
         LookUpIn(rpcrt4, "I_RpcAllocate", Allocate) && LookUpIn(rpcrt4, "I_RpcFreeBuffer", FreeBuffer) &&
         LookUpIn(rpcrt4, "RpcBindingToStringBindingW", BindingToStringBinding) &&
         LookUpIn(rpcrt4, "RpcStringFreeW", StringFree);
}

Message::Message(const RpcFunctions& rpc, const RPC_MESSAGE& message) : rpc_(rpc), message_(message) {
  if (!message.RpcInterfaceInformation) return;
  interface_ = *static_cast<const RPC_CLIENT_INTERFACE*>(message.RpcInterfaceInformation);
  message_.RpcInterfaceInformation = &interface_;
}

void Message::MoveTo(RPC_MESSAGE& caller) {
  void* const description = caller.RpcInterfaceInformation;
  caller = message_;
  caller.RpcInterfaceInformation = description;
}

void Message::Empty(RPC_MESSAGE& caller) {
  caller.Buffer = nullptr;
  caller.BufferLength = 0;
  caller.ReservedForRuntime = nullptr;
}

std::wstring ServerOf(const RpcFunctions& rpc, const RPC_MESSAGE& message) {
  RPC_WSTR text = nullptr;
  if (rpc.BindingToStringBinding(message.Handle, &text) != RPC_S_OK || !text) return {};
  const std::wstring binding = reinterpret_cast<const wchar_t*>(text);
  rpc.StringFree(&text);
  // Without the id of the object, which comes first.
  return binding.substr(binding.find(L'@') + 1);
}

bool IsRelease(const RPC_MESSAGE& message) { return IsOfRemUnknown(message, kRemRelease); }

bool IsQuery(const RPC_MESSAGE& message) { return IsOfRemUnknown(message, kRemQueryInterface); }

RPC_STATUS ReplyToRelease(const RpcFunctions& rpc, RPC_MESSAGE& message) {
  Message::Empty(message);
  void* const reply = rpc.Allocate(kReleaseReply);
  if (!reply) return RPC_S_OUT_OF_MEMORY;
  std::memset(reply, 0, kReleaseReply);
  message.Buffer = reply;
  message.BufferLength = kReleaseReply;
  return RPC_S_OK;
}

}  // namespace com_cancel
