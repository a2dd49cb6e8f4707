// Architecture, the processor that a program is built for.
#pragma once

#include <optional>
#include <string_view>

#include "host/win.h"

namespace com_cancel::hosting {

// binding.d.ts's Architecture.
enum class Architecture { kX64, kIa32, kArm64 };

constexpr Architecture kArchitectures[] = {Architecture::kX64, Architecture::kIa32, Architecture::kArm64};

// Of this program.
#if defined(_M_ARM64) || defined(__aarch64__)
constexpr Architecture kOwnArchitecture = Architecture::kArm64;
#elif defined(_WIN64)
constexpr Architecture kOwnArchitecture = Architecture::kX64;
#else
constexpr Architecture kOwnArchitecture = Architecture::kIa32;
#endif

// Node's name of it.
constexpr const wchar_t* NameOf(Architecture architecture) {
  switch (architecture) {
    case Architecture::kX64:
      return L"x64";
    case Architecture::kIa32:
      return L"ia32";
    case Architecture::kArm64:
      return L"arm64";
  }
  return L"";
}

// Empty for a name that is none of Node's.
inline std::optional<Architecture> ArchitectureNamed(std::wstring_view name) {
  for (const Architecture architecture : kArchitectures) {
    if (name == NameOf(architecture)) return architecture;
  }
  return std::nullopt;
}

}  // namespace com_cancel::hosting
