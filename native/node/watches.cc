// Watches, the timeouts and watchdogs of an environment's own thread.
#include "node/watches.h"

#include <new>
#include <utility>

#include "node/call_function.h"
#include "node/integer.h"

namespace com_cancel {
namespace {

// False after an exception, which only an environment that is being terminated throws.
bool IsHeld(Napi::Env env, const Napi::FunctionReference& held) {
  napi_value answer;
  bool is_held = false;
  if (napi_call_function(env, env.Undefined(), held.Value(), 0, nullptr, &answer) != napi_ok) return false;
  return napi_get_value_bool(env, answer, &is_held) == napi_ok && is_held;
}

Napi::Object FreezeTo(Napi::Env env, const Freeze& freeze) {
  auto result = Napi::Object::New(env);
  result.Set("lasted", IntegerTo(env, static_cast<std::int64_t>(freeze.lasted.count())));
  result.Set("canceled", IntegerTo(env, freeze.canceled));
  result.Set("refused", IntegerTo(env, freeze.refused));
  return result;
}

LoopWatchdog::Milliseconds MillisecondsFrom(Napi::Value value) {
  return LoopWatchdog::Milliseconds(value.As<Napi::Number>().Uint32Value());
}

}  // namespace

std::uint32_t Watches::StartTimeout(DWORD milliseconds, DWORD repeat) {
  try {
    const auto timeout =
        CallTimeout::Start(CallTimeout::Milliseconds(milliseconds), CallTimeout::Milliseconds(repeat));
    timeouts_[++last_id_] = timeout;
    return last_id_;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

unsigned Watches::CanceledBy(std::uint32_t timeout) const {
  const auto entry = timeouts_.find(timeout);
  return entry == timeouts_.end() ? 0 : entry->second->canceled();
}

unsigned Watches::StopTimeout(std::uint32_t timeout) {
  const auto entry = timeouts_.find(timeout);
  if (entry == timeouts_.end()) return 0;
  entry->second->Stop();
  const unsigned canceled = entry->second->canceled();
  timeouts_.erase(entry);
  return canceled;
}

std::uint32_t Watches::StartWatchdog(std::shared_ptr<Outbox> outbox, Napi::Object options) {
  const WatchdogId id{++last_id_};
  try {
    Watchdog started;
    started.held = Napi::Persistent(FunctionFrom(options.Get("held")));
    started.recovered = Napi::Persistent(FunctionFrom(options.Get("recovered")));
    started.watchdog = LoopWatchdog::Start(MillisecondsFrom(options.Get("threshold")),
                                           MillisecondsFrom(options.Get("interval")),
                                           [outbox = std::move(outbox), id] { outbox->PostHeartbeat(id); });
    watchdogs_[id] = std::move(started);
    return last_id_;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

void Watches::SuspendWatchdog(WatchdogId watchdog, bool suspended) {
  const auto entry = watchdogs_.find(watchdog);
  if (entry != watchdogs_.end()) entry->second.watchdog->Suspend(suspended);
}

void Watches::StopWatchdog(WatchdogId watchdog) {
  const auto entry = watchdogs_.find(watchdog);
  if (entry == watchdogs_.end()) return;
  entry->second.watchdog->Stop();
  watchdogs_.erase(entry);
}

void Watches::Beat(Napi::Env env, WatchdogId watchdog) {
  auto entry = watchdogs_.find(watchdog);
  if (entry == watchdogs_.end()) return;
  const Napi::HandleScope scope(env);
  const bool held = IsHeld(env, entry->second.held);
  entry = watchdogs_.find(watchdog);  // JavaScript may have stopped it
  if (entry == watchdogs_.end()) return;
  const auto freeze = entry->second.watchdog->Beat(held);
  // JavaScript may stop the watchdog.
  if (freeze) CallFunction(env, env.Undefined(), entry->second.recovered.Value(), {FreezeTo(env, *freeze)});
}

void Watches::Close() {
  for (const auto& [id, timeout] : timeouts_) timeout->Stop();
  for (const auto& [id, entry] : watchdogs_) entry.watchdog->Stop();
  timeouts_.clear();
  watchdogs_.clear();
}

}  // namespace com_cancel
