// SlotArguments, the arguments of one call that a slot of a Vtable has received, as the caller passed them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "host/win.h"
// After win.h, which it needs.
#include <oaidl.h>

namespace com_cancel {

// How a value is passed to a method.
enum class ArgumentKind : std::uint8_t {
  kWord,     // an integer of at most the size of a pointer, or a pointer
  kWide,     // an integer of 64 bits, or a CY
  kFloat,    // float
  kDouble,   // double
  kDecimal,  // a DECIMAL by value
  kVariant,  // a VARIANT by value
};

// The memory that an argument is copied to.
union Argument {
  std::uint64_t word;
  double number;
  DECIMAL decimal;
  VARIANT variant;
};

// Where a compiled function has found what its caller passed. The first argument of a method is the object,
// which is not among them.
struct CallFrame {
#if defined(_M_ARM64) || defined(__aarch64__)
  std::uint64_t integers[7];  // x1 to x7
  double numbers[8];          // d0 to d7
#elif defined(_M_X64) || defined(__x86_64__)
  std::uint64_t registers[3];  // of the arguments 1 to 3: rdx or xmm1, r8 or xmm2, r9 or xmm3
#endif
  const void* stack;  // the first argument that the caller passed there
};

class SlotArguments {
 public:
  explicit SlotArguments(const CallFrame& frame)
      :
#if defined(_WIN64)
        frame_(frame),
#endif
        stack_(static_cast<const unsigned char*>(frame.stack)) {
  }

  // Copies the next argument: the bytes of its type are the first of `argument`. The caller keeps what the
  // value owns.
  void Take(ArgumentKind kind, Argument* argument);

 private:
  void TakeFromStack(void* to, std::size_t size);

#if defined(_WIN64)
  const CallFrame& frame_;
#endif
  const unsigned char* stack_;
#if defined(_M_ARM64) || defined(__aarch64__)
  std::size_t integers_ = 0;  // how many registers were taken
  std::size_t numbers_ = 0;
#elif defined(_M_X64) || defined(__x86_64__)
  std::size_t taken_ = 0;      // how many arguments
#endif
};

}  // namespace com_cancel
