// Vtable, the methods of an interface that is described at run time: each slot has a function that was
// compiled.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "automation/slot_arguments.h"
#include "host/win.h"

namespace com_cancel {

class Vtable;

// Receives the calls of an object's Vtable. The calls that it gets do not throw.
class SlotTarget {
 public:
  SlotTarget() = default;
  SlotTarget(const SlotTarget&) = delete;
  SlotTarget& operator=(const SlotTarget&) = delete;

  // Whose IUnknown is that of the interface.
  virtual IUnknown* Controlling() noexcept = 0;
  virtual HRESULT CallSlot(unsigned slot, SlotArguments& arguments) noexcept = 0;

 protected:
  ~SlotTarget() = default;
};

// The object that pointers of the interface point to. `vtable` and `target` must outlive it.
class SlotObject {
 public:
  SlotObject(const Vtable& vtable, SlotTarget& target);

  const Vtable& vtable() const { return vtable_; }
  SlotTarget& target() const { return target_; }
  IUnknown* interface_pointer() { return reinterpret_cast<IUnknown*>(this); }

 private:
  const void* const* const functions_;  // comes first, as in each COM object
  const Vtable& vtable_;
  SlotTarget& target_;
};

struct VtableMethod {
  unsigned slot = 0;
  std::vector<ArgumentKind> arguments;
};

class Vtable {
 public:
  static constexpr unsigned kFirstSlot = 3;           // after those of IUnknown
  static constexpr unsigned kFirstAfterDispatch = 7;  // after those of IDispatch

  // Slots without a method return E_NOTIMPL. With `dispatch`, an interface whose first method has the slot
  // kFirstAfterDispatch or a later one is derived from IDispatch: those methods are the ones of the target's
  // object. Throws std::length_error, which says what is too much, and std::bad_alloc.
  Vtable(const std::vector<VtableMethod>& methods, bool dispatch);

  const void* const* functions() const { return functions_.data(); }
  unsigned SlotOf(std::size_t shape, std::size_t index) const { return slots_[shape][index]; }

  // kMethods: how many methods of one shape a Vtable can have, since there are so many functions for each.
#if defined(_M_ARM64) || defined(__aarch64__)
  // A shape is how many words of the stack a function reads, in eights.
  static constexpr std::size_t kShapes = 4;
  static constexpr std::size_t kMethods = 64;
#elif defined(_M_X64) || defined(__x86_64__)
  // A shape is which of the first three arguments are in registers for floating-point numbers.
  static constexpr std::size_t kShapes = 8;
  static constexpr std::size_t kMethods = 64;
#else
  // A shape is the number of words that the function removes from the stack.
  static constexpr std::size_t kShapes = 32;
  static constexpr std::size_t kMethods = 32;
#endif

 private:
  std::vector<const void*> functions_;
  std::array<std::vector<unsigned>, kShapes> slots_;
};

}  // namespace com_cancel
