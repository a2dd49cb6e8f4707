// Windows' headers in the order that they need, and RAII for handles and slim locks.
#pragma once

#include <windows.h>
// After windows.h, which they need.
#include <objbase.h>
#include <objidl.h>

#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace com_cancel {

using Clock = std::chrono::steady_clock;

// SRWLOCK for std::lock_guard, std::unique_lock and std::shared_lock. It owns no handle and needs no
// destruction: a lock whose holder was killed at the end of the process cannot hang a destructor.
class Lock {
 public:
  Lock() = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  void lock() { AcquireSRWLockExclusive(&lock_); }
  bool try_lock() { return TryAcquireSRWLockExclusive(&lock_) != 0; }
  void unlock() { ReleaseSRWLockExclusive(&lock_); }
  void lock_shared() { AcquireSRWLockShared(&lock_); }
  bool try_lock_shared() { return TryAcquireSRWLockShared(&lock_) != 0; }
  void unlock_shared() { ReleaseSRWLockShared(&lock_); }

  SRWLOCK* get() { return &lock_; }

 private:
  SRWLOCK lock_ = SRWLOCK_INIT;
};

using Guard = std::lock_guard<Lock>;

// A condition variable for a thread that holds a Lock exclusively.
class Condition {
 public:
  void WakeAll() { WakeAllConditionVariable(&condition_); }
  // Returns after WakeAll, when the time has passed, or spuriously: callers check their condition again.
  void SleepUntil(std::unique_lock<Lock>& held, Clock::time_point until);
  void Sleep(std::unique_lock<Lock>& held) {
    SleepConditionVariableSRW(&condition_, held.mutex()->get(), INFINITE, 0);
  }

 private:
  CONDITION_VARIABLE condition_ = CONDITION_VARIABLE_INIT;
};

// A handle that is closed by its owner's destructor.
class UniqueHandle {
 public:
  UniqueHandle() = default;
  explicit UniqueHandle(HANDLE handle) : handle_(handle) {}
  UniqueHandle(UniqueHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  UniqueHandle& operator=(UniqueHandle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~UniqueHandle() {
    if (handle_) CloseHandle(handle_);
  }

  HANDLE get() const { return handle_; }
  explicit operator bool() const { return handle_ != nullptr; }

 private:
  HANDLE handle_ = nullptr;
};

// Milliseconds from now until a moment, rounded up, 0 when it has passed, never INFINITE.
inline DWORD MillisecondsUntil(Clock::time_point until) {
  const auto now = Clock::now();
  if (until <= now) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  return left < static_cast<long long>(INFINITE) ? static_cast<DWORD>(left) : INFINITE - 1;
}

inline void Condition::SleepUntil(std::unique_lock<Lock>& held, Clock::time_point until) {
  SleepConditionVariableSRW(&condition_, held.mutex()->get(), MillisecondsUntil(until), 0);
}

}  // namespace com_cancel
