// Questions about message filters: rule M1, and PENDINGMSG_CANCELCALL in CoWaitForMultipleHandles.
#include "client.h"
#include "observe.h"
#include "question.h"

namespace recorder {
namespace {

constexpr UINT kMessage = WM_APP + 17;

class CancelingFilter final : public com_cancel::CountedObject<IMessageFilter> {
 public:
  DWORD STDMETHODCALLTYPE HandleInComingCall(DWORD, HTASK, DWORD, LPINTERFACEINFO) override {
    return SERVERCALL_ISHANDLED;
  }
  DWORD STDMETHODCALLTYPE RetryRejectedCall(HTASK, DWORD, DWORD) override { return static_cast<DWORD>(-1); }
  DWORD STDMETHODCALLTYPE MessagePending(HTASK, DWORD, DWORD) override {
    ++asked_;
    return PENDINGMSG_CANCELCALL;
  }
  long asked() const { return asked_; }

 private:
  std::atomic<long> asked_{0};
};

class Window {
 public:
  Window()
      : window_(CreateWindowExW(0, L"STATIC", L"", 0, 0, 0, 0, 0, HWND_MESSAGE, nullptr, nullptr, nullptr)) {}
  ~Window() { DestroyWindow(window_); }
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  HWND get() const { return window_; }
  bool MessageIsQueued() const {
    MSG message;
    return PeekMessageW(&message, window_, kMessage, kMessage, PM_REMOVE) != 0;
  }

 private:
  const HWND window_;
};

// What an STA thread does while a message filter answers PENDINGMSG_CANCELCALL to a posted message.
void WithFilter(const std::function<void(const Window&)>& work) {
  const auto filter = TakeOver(new CancelingFilter);
  Timed("register", "CoRegisterMessageFilter(filter)",
        [&] { return CoRegisterMessageFilter(filter.Get(), nullptr); });
  const Window window;
  work(window);
  Fact("MessagePending was asked", std::to_string(filter->asked()));
  Fact("the message is in the queue", window.MessageIsQueued() ? "yes" : "no");
  CoRegisterMessageFilter(nullptr, nullptr);
}

void Call(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  std::atomic<HWND> target{nullptr};
  const Client client(COINIT_APARTMENTTHREADED, [&] {
    WithFilter([&](const Window& window) {
      target = window.get();
      const ComPtr<IDispatch> object = server.Connect();
      const Enabled enabled;
      Timed("call", "IDispatch::Invoke", [&] { return Invoke(object.Get(), kBlock, 15'000); });
    });
  });
  server.WaitEntered();
  PostMessageW(target, kMessage, 0, 0);
  ObserveRelease("the call returns", client);
  server.Leave();
}

// COM's wait outside any call: does it ask the filter, and what does it return?
void Wait(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const UniqueHandle event(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const UniqueHandle waiting(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  std::atomic<HWND> target{nullptr};
  const Client client(COINIT_APARTMENTTHREADED, [&] {
    WithFilter([&](const Window& window) {
      target = window.get();
      SetEvent(waiting.get());
      DWORD index = 0;
      HANDLE handle = event.get();
      Timed("wait", "CoWaitForMultipleHandles(0, 5000)",
            [&] { return CoWaitForMultipleHandles(0, 5'000, 1, &handle, &index); });
    });
  });
  WaitForSingleObject(waiting.get(), INFINITE);
  Sleep(300);
  PostMessageW(target, kMessage, 0, 0);
  const bool returned = client.Returned(2'000);
  Fact("the wait returns", returned ? "before its event" : "not before its event");
  SetEvent(event.get());
}

}  // namespace

std::vector<Question> WaitingQuestions() { return {{"message-filter", Call}, {"filter-in-wait", Wait}}; }

}  // namespace recorder
