// Tests of the waits that pump messages (native/host/pump.h). Prints a line for each check. The exit code is
// 1 when one failed, 2 when a wait did not end.
#include "host/pump.h"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <thread>

using com_cancel::Clock;
using com_cancel::UniqueHandle;
using std::chrono::milliseconds;

namespace {

constexpr UINT kAgain = WM_APP;  // posts itself again
constexpr UINT kCountMe = WM_APP + 1;
constexpr DWORD kHangs = 120'000;  // milliseconds after which a wait counts as hung

int checks = 0;
int failures = 0;

void Check(bool passed, const char* what) {
  ++checks;
  if (!passed) ++failures;
  std::printf("%s %s\n", passed ? "ok" : "FAILED", what);
  std::fflush(stdout);
}

std::atomic<long> posted{0};
std::atomic<long> counted{0};

LRESULT CALLBACK Procedure(HWND window, UINT message, WPARAM first, LPARAM second) {
  switch (message) {
    case kAgain:
      ++posted;
      PostMessageW(window, kAgain, 0, 0);
      return 0;
    case kCountMe:
      return ++counted;
    default:
      return DefWindowProcW(window, message, first, second);
  }
}

// For messages only: Wine has no other windows without a display. A message that posts itself again stands
// for the WM_PAINT of a window that never validates: the queue is never empty.
class Window {
 public:
  Window() {
    static const ATOM known = [] {
      WNDCLASSEXW definition{};
      definition.cbSize = sizeof definition;
      definition.lpfnWndProc = Procedure;
      definition.hInstance = GetModuleHandleW(nullptr);
      definition.lpszClassName = L"com-cancel pump test";
      return RegisterClassExW(&definition);
    }();
    window_ = CreateWindowExW(0, MAKEINTATOM(known), L"", 0, 0, 0, 0, 0, HWND_MESSAGE, nullptr,
                              GetModuleHandleW(nullptr), nullptr);
    Check(window_ != nullptr, "the window is there");
  }
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window() { DestroyWindow(window_); }

  HWND get() const { return window_; }

 private:
  HWND window_ = nullptr;
};

UniqueHandle NewEvent() { return UniqueHandle(CreateEventW(nullptr, FALSE, FALSE, nullptr)); }

// Calls `act` on a thread of its own after `delay`.
template <typename Act>
std::thread After(DWORD delay, Act act) {
  return std::thread([delay, act] {
    Sleep(delay);
    act();
  });
}

void WithAQueueThatIsNeverEmpty() {
  std::printf("# a window whose queue is never empty\n");
  const Window window;
  PostMessageW(window.get(), kAgain, 0, 0);
  const UniqueHandle event = NewEvent();
  std::thread setter = After(100, [&event] { SetEvent(event.get()); });
  Check(com_cancel::PumpUntil(event.get(), INFINITE), "the wait ends when the handle is signaled");
  setter.join();
  const auto began = Clock::now();
  Check(!com_cancel::PumpUntil(event.get(), 100), "the wait ends when the time has passed");
  Check(Clock::now() - began >= milliseconds(90), "and not before");
  Check(posted > 1, "the messages were dispatched");
}

// CoWaitForMultipleHandles after a cancel by the message filter, by its documentation: Wine's waits on.
HRESULT WINAPI Canceled(DWORD, DWORD, ULONG, HANDLE*, DWORD*) { return RPC_E_CALL_CANCELED; }

// The slot of a function that this program imports.
void** ImportSlot(const char* name) {
  auto* const base = reinterpret_cast<BYTE*>(GetModuleHandleW(nullptr));
  const auto* const headers =
      reinterpret_cast<IMAGE_NT_HEADERS*>(base + reinterpret_cast<IMAGE_DOS_HEADER*>(base)->e_lfanew);
  const auto& directory = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
  for (auto* library = reinterpret_cast<IMAGE_IMPORT_DESCRIPTOR*>(base + directory.VirtualAddress);
       library->Name; ++library) {
    const auto* names = reinterpret_cast<IMAGE_THUNK_DATA*>(base + library->OriginalFirstThunk);
    auto* slot = reinterpret_cast<void**>(base + library->FirstThunk);
    for (; names->u1.AddressOfData; ++names, ++slot) {
      if (IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal)) continue;
      const auto* const import = reinterpret_cast<IMAGE_IMPORT_BY_NAME*>(base + names->u1.AddressOfData);
      if (std::strcmp(reinterpret_cast<const char*>(import->Name), name) == 0) return slot;
    }
  }
  return nullptr;
}

// Replaces an imported function of this program while it lives.
class Replacement {
 public:
  Replacement(const char* name, void* function) : slot_(ImportSlot(name)), original_(Exchange(function)) {}
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  ~Replacement() { Exchange(original_); }

 private:
  void* Exchange(void* function) {
    DWORD before = 0;
    VirtualProtect(slot_, sizeof *slot_, PAGE_READWRITE, &before);
    void* const original = *slot_;
    *slot_ = function;
    VirtualProtect(slot_, sizeof *slot_, before, &before);
    return original;
  }

  void** const slot_;
  void* const original_;
};

void AfterACancelByTheMessageFilter() {
  std::printf("# a wait that the message filter has canceled\n");
  const Replacement canceled("CoWaitForMultipleHandles", reinterpret_cast<void*>(Canceled));
  const Window window;
  const UniqueHandle event(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  bool dispatched = false;
  std::thread sender = After(100, [&] {
    PostMessageW(window.get(), kCountMe, 0, 0);
    const auto until = Clock::now() + milliseconds(kHangs / 8);
    while (counted == 0 && Clock::now() < until) Sleep(10);
    dispatched = counted > 0;
    SetEvent(event.get());
  });
  Check(com_cancel::WaitAsInCall(event.get(), kHangs / 2), "the wait ends when the handle is signaled");
  sender.join();
  Check(dispatched, "messages were dispatched until then");
  ResetEvent(event.get());
  const auto began = Clock::now();
  Check(!com_cancel::WaitAsInCall(event.get(), 200), "the wait ends when the time has passed");
  Check(Clock::now() - began >= milliseconds(190), "and not before");
}

}  // namespace

int main() {
  std::thread([] {
    Sleep(kHangs);
    std::printf("a wait did not end\n");
    std::fflush(stdout);
    TerminateProcess(GetCurrentProcess(), 2);
  }).detach();
  if (FAILED(CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED))) return 1;
  WithAQueueThatIsNeverEmpty();
  AfterACancelByTheMessageFilter();
  CoUninitialize();
  std::printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
