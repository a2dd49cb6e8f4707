// Prints observations.
#include "observe.h"

#include <cstdio>

namespace recorder {
namespace {

com_cancel::Lock printing;

}  // namespace

void Observe(const std::string& key, const std::string& call, HRESULT hr, double ms) {
  const com_cancel::Guard guard(printing);
  std::printf("{\"key\":\"%s\",\"call\":\"%s\",\"hresult\":%ld,\"ms\":%.3f}\n", key.c_str(), call.c_str(),
              static_cast<long>(hr), ms);
  std::fflush(stdout);
}

void Fact(const std::string& key, const std::string& value) {
  const com_cancel::Guard guard(printing);
  std::printf("{\"key\":\"%s\",\"value\":\"%s\"}\n", key.c_str(), value.c_str());
  std::fflush(stdout);
}

void NotAsked(const std::string& reason) {
  const com_cancel::Guard guard(printing);
  std::printf("{\"notAsked\":\"%s\"}\n", reason.c_str());
  std::fflush(stdout);
}

}  // namespace recorder
