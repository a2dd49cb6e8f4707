// Keeps the RPC interfaces of COM registered.
//
// In Wine 8 and 10, the last release of the objects with an interface unregisters it, and waits for its calls
// that still run (dlls/rpcrt4/rpc_server.c, RpcServerUnregisterIf). A call whose reply was sent, and which
// ends between the moment that it is counted and the moment that the wait is noted, wakes nobody: the release
// never returns. So each interface stays registered, in memory of its own. A call to an object that is gone
// fails as before, because COM looks for the object.
#include "standin/server_interfaces.h"

#include <rpc.h>
#include <rpcdcep.h>

#include <iterator>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "standin/imports.h"

namespace com_cancel::server_interfaces {
namespace {

decltype(&::RpcServerRegisterIfEx) register_interface = nullptr;
decltype(&::RpcServerUnregisterIf) unregister_interface = nullptr;

struct Kept {
  Lock lock;
  std::vector<std::unique_ptr<RPC_SERVER_INTERFACE>> interfaces;

  bool Has(const RPC_SERVER_INTERFACE& wanted) const {
    for (const auto& each : interfaces)
      if (each->InterfaceId.SyntaxGUID == wanted.InterfaceId.SyntaxGUID) return true;
    return false;
  }
};

// Never destroyed: threads outlive the destructors of static objects.
Kept& AllKept() {
  static Kept& kept = *new Kept;
  return kept;
}

RPC_STATUS RPC_ENTRY Register(RPC_IF_HANDLE handle, UUID* type, RPC_MGR_EPV* functions, unsigned flags,
                              unsigned calls, RPC_IF_CALLBACK_FN* callback) {
  const auto& wanted = *static_cast<const RPC_SERVER_INTERFACE*>(handle);
  try {
    Kept& kept = AllKept();
    const Guard guard(kept.lock);
    if (kept.Has(wanted)) return RPC_S_OK;
    kept.interfaces.reserve(kept.interfaces.size() + 1);
    auto copy = std::make_unique<RPC_SERVER_INTERFACE>(wanted);
    const RPC_STATUS status = register_interface(copy.get(), type, functions, flags, calls, callback);
    if (status == RPC_S_OK) kept.interfaces.push_back(std::move(copy));
    return status;
  } catch (const std::bad_alloc&) {
    return register_interface(handle, type, functions, flags, calls, callback);
  }
}

RPC_STATUS RPC_ENTRY Unregister(RPC_IF_HANDLE handle, UUID* type, unsigned wait) {
  if (handle) {
    Kept& kept = AllKept();
    const Guard guard(kept.lock);
    if (kept.Has(*static_cast<const RPC_SERVER_INTERFACE*>(handle))) return RPC_S_OK;
  }
  return unregister_interface(handle, type, wait);
}

}  // namespace

bool Install() {
  const HMODULE combase = GetModuleHandleW(L"combase.dll");
  if (!combase) return false;
  const Import imports[] = {ImportOf("RpcServerRegisterIfEx", &Register, register_interface),
                            ImportOf("RpcServerUnregisterIf", &Unregister, unregister_interface)};
  return ReplaceImports(combase, imports, std::size(imports));
}

}  // namespace com_cancel::server_interfaces
