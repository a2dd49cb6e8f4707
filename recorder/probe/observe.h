// What a question prints: one line of JSON for each observation, written at once so that a crash loses none.
#pragma once

#include <string>

#include "host/win.h"

namespace recorder {

// A call of a COM function: its result and how many milliseconds it took. `key` is the name under which the
// question's expectations know it. Texts are ASCII without quotes and backslashes.
void Observe(const std::string& key, const std::string& call, HRESULT hr, double ms);

// A fact that is no HRESULT.
void Fact(const std::string& key, const std::string& value);

// The question can't be asked here, and why.
void NotAsked(const std::string& reason);

class Stopwatch {
 public:
  double Milliseconds() const {
    return std::chrono::duration<double, std::milli>(com_cancel::Clock::now() - begin_).count();
  }

 private:
  const com_cancel::Clock::time_point begin_ = com_cancel::Clock::now();
};

// Makes a call and observes it.
template <typename Call>
HRESULT Timed(const std::string& key, const std::string& text, Call&& call) {
  const Stopwatch watch;
  const HRESULT hr = call();
  Observe(key, text, hr, watch.Milliseconds());
  return hr;
}

// Thrown when something fails that is not what the question asks.
struct Failure {
  std::string what;
  HRESULT hresult;
};

inline void Check(HRESULT hr, const char* what) {
  if (FAILED(hr)) throw Failure{what, hr};
}

}  // namespace recorder
