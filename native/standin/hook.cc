// The channel hook: COM asks it around every marshaled call, on the thread that makes the call and on the one
// that executes it, in whatever process, and carries what the former writes to the latter.
//
// A host without the cancellation family has proxies that register no cancel objects and stubs that bring no
// call contexts. The hook does both, and what it sends along says where the call's cancel flag is. Known of
// Wine 8, by experiment:
// - The caller's side: ClientGetSize, ClientFillBuffer, then the parameters are marshaled, then ClientNotify
//   when the server has answered. There is no ClientNotify when the call fails: parameters that can't be
//   marshaled, a server that died, an object that is disconnected, an exception in a method of another
//   process.
// - The server's side: ServerNotify, the method, ServerGetSize. There is no ServerGetSize when the method
// raises
//   an exception or a message filter rejects the call. There is no ServerNotify when nothing was sent along.
// - The `riid` they get is the first member of an SChannelHookCallInfo. Its address is the same in all of one
//   call's notifications on one side, and no other call's at that time.
// - They run inside a lock of COM's, one at a time in the process: nothing here waits, or calls out.
#include <cstring>
#include <new>
#include <string>

#include "host/enable_count.h"
#include "standin/functions.h"
#include "standin/stack.h"

namespace com_cancel {
namespace {

// Names what we send, and the form it has: FlagAddress.
constexpr GUID kExtension = {0x5c6e1f0b, 0x3a52, 0x4e0b, {0x9d, 0x37, 0x61, 0x0f, 0x8e, 0x52, 0xc4, 0xa9}};
// Names the eight bytes without a meaning that a mere server sends along, see Presence.
constexpr GUID kPresence = {0x5c6e1f0b, 0x3a52, 0x4e0b, {0x9d, 0x37, 0x61, 0x0f, 0x8e, 0x52, 0xc4, 0xaa}};
constexpr ULONG kPresenceSize = 8;

// Hooks are for ever: COM never lets go of them.
class ChannelHook : public IChannelHook {
 public:
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    if (!object) return E_POINTER;
    const bool known = iid == __uuidof(IUnknown) || iid == __uuidof(IChannelHook);
    *object = known ? this : nullptr;
    return known ? S_OK : E_NOINTERFACE;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
  ULONG STDMETHODCALLTYPE Release() override { return 1; }

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
    // Never nothing for a call of ours, even if it can't be canceled: its server's method is to have a
    // context of its own, not the one of the method it interrupts (S7).
    *size = calls ? sizeof(FlagAddress) : 0;
  }

  void STDMETHODCALLTYPE ClientFillBuffer(REFGUID, REFIID iid, ULONG* size, void* buffer) override {
    const char here = 0;
    FlagAddress address{};
    try {
      address = thread_stack::BeginOutgoing(&iid, StackMark(&here), enable_count::Enabled());
    } catch (const std::bad_alloc&) {
      // The call is made, and can't be canceled.
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

  std::atomic<bool> calls{false};   // this process's outgoing calls are ours to register
  std::atomic<bool> serves{false};  // its incoming calls are ours to give contexts
};

// No destructors: threads outlive those of static objects.
Hook hook;

// Where the process only serves, its calls, which it makes back into its clients say, can't be canceled. But
// the methods they call are to have contexts of their own as well (S7), and without an extension of any sort
// COM asks no ServerNotify.
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

// One hook a process, by whoever comes first: a server in a DLL may link this library in a process whose
// addon has it too. Two hooks that go by the same name would be more than Wine 8 can take: it lets both write
// where it has reserved room for one. And of two contexts, each would take the other for the host's.
bool FirstInProcess() {
  const std::wstring name = L"Local\\com-cancel-hook-" + std::to_wstring(GetCurrentProcessId());
  // Stays open as long as the process lives.
  const HANDLE mark = CreateMutexW(nullptr, FALSE, name.c_str());
  if (mark && GetLastError() != ERROR_ALREADY_EXISTS) return true;
  if (mark) CloseHandle(mark);
  return false;
}

// S_FALSE where another copy of this library has its hook in this process.
HRESULT Install() {
  if (installed) return S_OK;
  static const bool first = FirstInProcess();
  if (!first) return S_FALSE;
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<LPCWSTR>(&hook), &module);
  const HRESULT hr = CoRegisterChannelHook(kExtension, &hook);
  installed = SUCCEEDED(hr);
  return hr;
}

bool HostHasFamily() {
  const HMODULE ole32 = GetModuleHandleW(L"ole32.dll");
  for (const char* const name : {"CoEnableCallCancellation", "CoDisableCallCancellation", "CoSetCancelObject",
                                 "CoGetCancelObject", "CoCancelCall", "CoTestCancel"}) {
    if (!ole32 || !GetProcAddress(ole32, name)) return false;
  }
  return true;
}

}  // namespace

CallScope::CallScope(Of of) noexcept {
  if (!hook.calls) return;
  open_ = thread_stack::OpenScope(&canceled_, of == Of::kActivation, enable_count::Enabled());
}

HRESULT CallScope::End(HRESULT result) noexcept {
  if (open_) {
    open_ = false;
    thread_stack::CloseScope(&canceled_);
  }
  return canceled_ ? RPC_E_CALL_CANCELED : result;
}

}  // namespace com_cancel

using namespace com_cancel;

HRESULT WINAPI com_cancel_InstallChannelHook() {
  const Guard guard(installing);
  const HRESULT hr = Install();
  if (hr == S_OK) hook.serves = hook.calls = true;
  return hr;
}

HRESULT WINAPI com_cancel_ServeCancellation() {
  if (HostHasFamily()) return S_FALSE;
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
