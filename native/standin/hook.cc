// The channel hook, which COM calls around every marshaled call: on the thread that makes the call and on the
// thread that executes it, in either process. COM transports what the former writes to the latter.
//
// On a system without the cancellation family, proxies register no cancel objects and stubs create no call
// contexts. The hook does both, and sends along where the cancel flag of the call is. What experiments with
// Wine 8 showed:
// - The client: ClientGetSize, ClientFillBuffer, then the parameters are marshaled, then ClientNotify when
//   the server has answered. There is no ClientNotify when the call fails: parameters that can't be
//   marshaled, a server that died, an object that is disconnected, an exception in a method of another
//   process.
// - The server: ServerNotify, the method, ServerGetSize. There is no ServerGetSize when the method raises an
//   exception or a message filter rejects the call. There is no ServerNotify when nothing was sent along.
// - The `riid` that they get is the first member of an SChannelHookCallInfo. Its address is the same in all
//   notifications of one call on one side, and no other call has it at that time.
// - They run inside a lock of COM's, one at a time in the process: nothing here waits, or calls other code.
#include <cstring>
#include <new>
#include <string>

#include "host/call_scope.h"
#include "host/enable_count.h"
#include "host/static_object.h"
#include "standin/functions.h"
#include "standin/rpc.h"
#include "standin/server_interfaces.h"
#include "standin/stack.h"

namespace com_cancel {
namespace {

// Identifies the extension that is sent along, whose layout is FlagAddress.
constexpr GUID kExtension = {0x5c6e1f0b, 0x3a52, 0x4e0b, {0x9d, 0x37, 0x61, 0x0f, 0x8e, 0x52, 0xc4, 0xa9}};
// Identifies the eight meaningless bytes that a process which only serves sends along, see Presence.
constexpr GUID kPresence = {0x5c6e1f0b, 0x3a52, 0x4e0b, {0x9d, 0x37, 0x61, 0x0f, 0x8e, 0x52, 0xc4, 0xaa}};
constexpr ULONG kPresenceSize = 8;

// The base of the hooks, which are static objects: COM never releases them.
class ChannelHook : public StaticObject<IChannelHook> {
 public:
  void STDMETHODCALLTYPE ClientNotify(REFGUID, REFIID, ULONG, void*, DWORD, HRESULT) override {}
  void STDMETHODCALLTYPE ServerNotify(REFGUID, REFIID, ULONG, void*, DWORD) override {}
  void STDMETHODCALLTYPE ServerGetSize(REFGUID, REFIID, HRESULT, ULONG* size) override { *size = 0; }
  void STDMETHODCALLTYPE ServerFillBuffer(REFGUID, REFIID, ULONG* size, void*, HRESULT) override {
    *size = 0;
  }

 protected:
  ~ChannelHook() = default;
};

class Hook final : public ChannelHook {
 public:
  void STDMETHODCALLTYPE ClientGetSize(REFGUID, REFIID, ULONG* size) override {
    // Never 0 for a call of this process, even if it can't be canceled: the server's method needs a context
    // of its own, not that of the method it interrupts (S7).
    *size = calls ? sizeof(FlagAddress) : 0;
    // The release of an object must also come by RPC while methods of canceled calls run.
    if (releases && (enable_count::Enabled() || rpc::MethodsLeft())) rpc::BeginMessage();
  }

  void STDMETHODCALLTYPE ClientFillBuffer(REFGUID, REFIID iid, ULONG* size, void* buffer) override {
    rpc::EndMessage();
    const char here = 0;
    FlagAddress address{};
    try {
      address = thread_stack::BeginOutgoing(&iid, StackMark(&here), enable_count::Enabled());
    } catch (const std::bad_alloc&) {
      // The call is made but can't be canceled.
    }
    std::memcpy(buffer, &address, sizeof(address));
    *size = sizeof(address);
  }

  void STDMETHODCALLTYPE ClientNotify(REFGUID, REFIID iid, ULONG, void*, DWORD, HRESULT) override {
    if (calls) thread_stack::EndOutgoing(&iid);
  }

  void STDMETHODCALLTYPE ServerNotify(REFGUID, REFIID iid, ULONG size, void* buffer, DWORD) override {
    if (!serves) return;
    const char here = 0;
    FlagAddress address{};
    if (buffer && size >= sizeof(address)) std::memcpy(&address, buffer, sizeof(address));
    try {
      thread_stack::BeginIncoming(&iid, StackMark(&here), FlagView(address));
    } catch (const std::bad_alloc&) {
      // The method runs without a context.
    }
  }

  void STDMETHODCALLTYPE ServerGetSize(REFGUID, REFIID iid, HRESULT, ULONG* size) override {
    *size = 0;
    if (serves) thread_stack::EndIncoming(&iid);
  }

  void STDMETHODCALLTYPE ServerFillBuffer(REFGUID, REFIID, ULONG* size, void*, HRESULT) override {
    *size = 0;
  }

  std::atomic<bool> calls{false};     // registers cancel objects for outgoing calls
  std::atomic<bool> releases{false};  // the threads of canceled calls can be released
  std::atomic<bool> serves{false};    // gives contexts to incoming calls
};

// No destructors: threads outlive those of static objects.
Hook hook;

// The hook of a process that only serves. The calls that it makes, such as those back to its clients, can't
// be canceled. The methods that they call need contexts of their own all the same (S7), and COM calls
// ServerNotify only where an extension was sent along.
class Presence final : public ChannelHook {
 public:
  void STDMETHODCALLTYPE ClientGetSize(REFGUID, REFIID, ULONG* size) override {
    *size = hook.calls ? 0 : kPresenceSize;
  }
  void STDMETHODCALLTYPE ClientFillBuffer(REFGUID, REFIID, ULONG* size, void* buffer) override {
    std::memset(buffer, 0, kPresenceSize);
    *size = kPresenceSize;
  }
};

Presence presence;
Lock installing;
bool installed = false;
bool present = false;

// Whether this copy of the library is the first in the process: it alone has a hook. A DLL with a server may
// link this library in a process whose addon has it, too. Wine 8 reserves room for one of two hooks with the
// same id, and lets both write. And of two contexts, each would take the other for the system's.
bool FirstInProcess() {
  const std::wstring name = L"Local\\com-cancel-hook-" + std::to_wstring(GetCurrentProcessId());
  // Stays open as long as the process lives.
  const HANDLE mark = CreateMutexW(nullptr, FALSE, name.c_str());
  if (mark && GetLastError() != ERROR_ALREADY_EXISTS) return true;
  if (mark) CloseHandle(mark);
  return false;
}

// S_FALSE where another copy of this library has installed its hook in this process.
HRESULT Install() {
  if (installed) return S_OK;
  static const bool first = FirstInProcess();
  if (!first) return S_FALSE;
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<LPCWSTR>(&hook), &module);
  const HRESULT hr = CoRegisterChannelHook(kExtension, &hook);
  installed = SUCCEEDED(hr);
  // Without it, a release that ends a process's last object of a kind may not return.
  if (installed) server_interfaces::Install();
  return hr;
}

bool SystemHasFamily() {
  const HMODULE ole32 = GetModuleHandleW(L"ole32.dll");
  for (const char* const name : {"CoEnableCallCancellation", "CoDisableCallCancellation", "CoSetCancelObject",
                                 "CoGetCancelObject", "CoCancelCall", "CoTestCancel"}) {
    if (!ole32 || !GetProcAddress(ole32, name)) return false;
  }
  return true;
}

constexpr CallScopeHandlers kCallScopes = {
    [](bool* canceled, bool activation) {
      return thread_stack::OpenScope(canceled, activation, enable_count::Enabled());
    },
    thread_stack::CloseScope,
    rpc::MethodsLeft,
};

}  // namespace
}  // namespace com_cancel

using namespace com_cancel;

HRESULT WINAPI com_cancel_InstallChannelHook() {
  const Guard guard(installing);
  const HRESULT hr = Install();
  if (hr != S_OK) return hr;
  if (!hook.calls) hook.releases = rpc::Install();
  hook.serves = hook.calls = true;
  InstallCallScopes(kCallScopes);
  return hr;
}

HRESULT WINAPI com_cancel_ServeCancellation() {
  if (SystemHasFamily()) return S_FALSE;
  const Guard guard(installing);
  HRESULT hr = Install();
  if (hr != S_OK) return hr;
  hook.serves = true;
  if (!hook.calls && !present) {
    hr = CoRegisterChannelHook(kPresence, &presence);
    present = SUCCEEDED(hr);
  }
  return hr;
}
