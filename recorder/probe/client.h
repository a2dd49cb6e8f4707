// Threads that make calls, for questions that cancel them from another thread.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "host/ole32.h"
#include "server.h"

namespace recorder {

inline const com_cancel::Ole32& Com() { return com_cancel::Ole32::Get(); }

// CoEnableCallCancellation while it lives, on the thread that made it.
class Enabled {
 public:
  Enabled() { Com().EnableCallCancellation(nullptr); }
  ~Enabled() { Com().DisableCallCancellation(nullptr); }
  Enabled(const Enabled&) = delete;
  Enabled& operator=(const Enabled&) = delete;
};

class Apartment {
 public:
  explicit Apartment(COINIT kind);
  ~Apartment() { CoUninitialize(); }
  Apartment(const Apartment&) = delete;
  Apartment& operator=(const Apartment&) = delete;
};

// A thread that enters an apartment and runs a function there. The destructor waits for it.
class Client {
 public:
  Client(COINIT kind, std::function<void()> work);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  DWORD id() const { return id_; }
  // Whether the function has returned, or does within this time.
  bool Returned(DWORD ms) const { return WaitForSingleObject(returned_.get(), ms) == WAIT_OBJECT_0; }

 private:
  UniqueHandle ready_;
  UniqueHandle returned_;
  DWORD id_ = 0;
  std::thread thread_;
};

// Observes CoCancelCall as "cancel…".
HRESULT Cancel(const std::string& key, DWORD thread, ULONG seconds = 0);

// Observes Invoke as "call…", on a thread of its own with this many enables.
std::unique_ptr<Client> Calls(const Server& server, const std::string& key, Member member = kBlock,
                              int enables = 1, COINIT kind = COINIT_MULTITHREADED, long ms = 15'000);

// Observes whether a canceled call comes back while its server's method still runs.
bool ObserveRelease(const std::string& key, const Client& client, DWORD within = 3'000);

const char* NameOf(COINIT kind);

}  // namespace recorder
