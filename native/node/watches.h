// Watches, the timeouts and watchdogs of an environment's own thread.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "node/outbox.h"
#include "threads/call_timeout.h"
#include "threads/loop_watchdog.h"

namespace com_cancel {

// For the environment's thread only. The functions are those of binding.d.ts's Binding.
class Watches {
 public:
  // 0: there is no memory, or the system has no timer.
  std::uint32_t StartTimeout(DWORD milliseconds, DWORD repeat);
  unsigned CanceledBy(std::uint32_t timeout) const;
  unsigned StopTimeout(std::uint32_t timeout);
  std::uint32_t StartWatchdog(std::shared_ptr<Outbox> outbox, Napi::Object options);
  void SuspendWatchdog(WatchdogId watchdog, bool suspended);
  void StopWatchdog(WatchdogId watchdog);
  // The event loop has come to the heartbeat of a watchdog.
  void Beat(Napi::Env env, WatchdogId watchdog);
  // Stops all. Does not enter JavaScript.
  void Close();

 private:
  struct Watchdog {
    std::shared_ptr<LoopWatchdog> watchdog;
    Napi::FunctionReference held;
    Napi::FunctionReference recovered;
  };

  std::uint32_t last_id_ = 0;
  std::unordered_map<std::uint32_t, std::shared_ptr<CallTimeout>> timeouts_;
  std::unordered_map<WatchdogId, Watchdog> watchdogs_;
};

}  // namespace com_cancel
