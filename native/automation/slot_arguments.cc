// SlotArguments, the arguments of one call that a slot of a Vtable has received: the calling conventions.
#include "automation/slot_arguments.h"

#include <cstring>
#include <iterator>

namespace com_cancel {

// Each argument takes up whole words of the stack.
void SlotArguments::TakeFromStack(void* to, std::size_t size) {
  constexpr std::size_t kWord = sizeof(void*);
  std::memcpy(to, stack_, size);
  stack_ += (size + kWord - 1) / kWord * kWord;
}

#if defined(_M_ARM64) || defined(__aarch64__)

// Integers are in x1 to x7, float and double in d0 to d7, the others on the stack. Of structures, those of up
// to 16 bytes are in integer registers, if all of it fits there; the address of a larger one is passed.
// (AAPCS64, parameter passing; Overview of ARM64 ABI conventions page)
void SlotArguments::Take(ArgumentKind kind, Argument* argument) {
  if (kind == ArgumentKind::kFloat || kind == ArgumentKind::kDouble) {
    if (numbers_ < std::size(frame_.numbers))
      argument->number = frame_.numbers[numbers_++];
    else
      TakeFromStack(argument, sizeof(argument->number));
    return;
  }
  if (kind == ArgumentKind::kDecimal) {
    constexpr std::size_t kWords = sizeof(DECIMAL) / sizeof(std::uint64_t);
    if (integers_ + kWords <= std::size(frame_.integers)) {
      std::memcpy(argument, frame_.integers + integers_, sizeof(DECIMAL));
      integers_ += kWords;
    } else {
      integers_ = std::size(frame_.integers);  // none is used after an argument on the stack
      TakeFromStack(argument, sizeof(DECIMAL));
    }
    return;
  }
  if (integers_ < std::size(frame_.integers))
    argument->word = frame_.integers[integers_++];
  else
    TakeFromStack(argument, sizeof(argument->word));
  if (kind == ArgumentKind::kVariant)
    std::memcpy(argument, reinterpret_cast<const void*>(argument->word), sizeof(VARIANT));
}

#elif defined(_M_X64) || defined(__x86_64__)

// Each argument takes up a register, by its position, or a word of the stack; of structures that are larger
// than a word the address is passed. (x64 calling convention page)
void SlotArguments::Take(ArgumentKind kind, Argument* argument) {
  const std::size_t position = taken_++;
  if (position < std::size(frame_.registers))
    argument->word = frame_.registers[position];
  else
    TakeFromStack(argument, sizeof(argument->word));
  const auto* const structure = reinterpret_cast<const void*>(argument->word);
  if (kind == ArgumentKind::kDecimal) std::memcpy(argument, structure, sizeof(DECIMAL));
  if (kind == ArgumentKind::kVariant) std::memcpy(argument, structure, sizeof(VARIANT));
}

#else

// All arguments are on the stack, structures as well. (__stdcall page)
void SlotArguments::Take(ArgumentKind kind, Argument* argument) {
  switch (kind) {
    case ArgumentKind::kWord:
    case ArgumentKind::kFloat:
      return TakeFromStack(argument, sizeof(std::uint32_t));
    case ArgumentKind::kWide:
    case ArgumentKind::kDouble:
      return TakeFromStack(argument, sizeof(std::uint64_t));
    case ArgumentKind::kDecimal:
      return TakeFromStack(argument, sizeof(DECIMAL));
    case ArgumentKind::kVariant:
      return TakeFromStack(argument, sizeof(VARIANT));
  }
}

#endif

}  // namespace com_cancel
