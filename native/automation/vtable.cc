// Vtable, the methods of an interface that is described at run time: the functions of its slots.
//
// A function knows which method it is from its template arguments: which of those of its shape
// (Vtable::kShapes). The shape says where the arguments are, as far as that is decided when the function is
// compiled.
#include "automation/vtable.h"

#include <algorithm>
#include <cstdarg>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "host/returned.h"
#if defined(_MSC_VER)
#include <intrin.h>
#endif

using Microsoft::WRL::ComPtr;

namespace com_cancel {
namespace {

// Not inlined, so that the many functions that call it stay small.
#if defined(_MSC_VER)
__declspec(noinline)
#else
__attribute__((noinline))
#endif
    HRESULT Receive(SlotObject* object, std::size_t shape, std::size_t index, const CallFrame& frame) {
  SlotArguments arguments(frame);
  return object->target().CallSlot(object->vtable().SlotOf(shape, index), arguments);
}

#if defined(_M_ARM64) || defined(__aarch64__)

constexpr std::size_t kWordsOfShape = 8;

template <std::size_t>
using Word = std::uint64_t;

template <std::size_t kShape, std::size_t kIndex, typename Words>
struct Slot;
template <std::size_t kShape, std::size_t kIndex, std::size_t... kWords>
struct Slot<kShape, kIndex, std::index_sequence<kWords...>> {
  static HRESULT STDMETHODCALLTYPE Function(SlotObject* object, Word<1> x1, Word<2> x2, Word<3> x3,
                                            Word<4> x4, Word<5> x5, Word<6> x6, Word<7> x7, double d0,
                                            double d1, double d2, double d3, double d4, double d5, double d6,
                                            double d7, Word<kWords>... words) {
    const std::array<std::uint64_t, sizeof...(words)> stack = {words...};
    const CallFrame frame = {{x1, x2, x3, x4, x5, x6, x7}, {d0, d1, d2, d3, d4, d5, d6, d7}, stack.data()};
    return Receive(object, kShape, kIndex, frame);
  }
};

template <std::size_t kShape, std::size_t kIndex>
const void* FunctionFor() {
  return reinterpret_cast<const void*>(
      &Slot<kShape, kIndex, std::make_index_sequence<kShape * kWordsOfShape>>::Function);
}

std::size_t ShapeOf(const std::vector<ArgumentKind>& arguments) {
  std::size_t integers = 0;
  std::size_t numbers = 0;
  std::size_t stack = 0;
  constexpr std::size_t kIntegers = std::extent_v<decltype(CallFrame::integers)>;
  constexpr std::size_t kNumbers = std::extent_v<decltype(CallFrame::numbers)>;
  for (const ArgumentKind kind : arguments) {
    const bool number = kind == ArgumentKind::kFloat || kind == ArgumentKind::kDouble;
    const std::size_t words = kind == ArgumentKind::kDecimal ? 2 : 1;
    std::size_t& taken = number ? numbers : integers;
    const std::size_t registers = number ? kNumbers : kIntegers;
    if (taken + words <= registers) {
      taken += words;
    } else {
      taken = registers;
      stack += words;
    }
  }
  return (stack + kWordsOfShape - 1) / kWordsOfShape;
}

#elif defined(_M_X64) || defined(__x86_64__)

// The argument of a position, which is in a register for numbers or in one for integers.
template <std::size_t kShape, std::size_t kPosition>
using Register = std::conditional_t<(kShape >> kPosition & 1) != 0, double, std::uint64_t>;

template <typename Value>
std::uint64_t BitsOf(Value value) {
  std::uint64_t bits = 0;
  static_assert(sizeof(value) == sizeof(bits));
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

#if defined(_MSC_VER)

template <std::size_t kShape, std::size_t kIndex>
HRESULT STDMETHODCALLTYPE Function(SlotObject* object, Register<kShape, 0> first, Register<kShape, 1> second,
                                   Register<kShape, 2> third) {
  // Above the return address is the room for the arguments in registers, then the other arguments.
  const auto* const above = static_cast<const std::uint64_t*>(_AddressOfReturnAddress()) + 1;
  const CallFrame frame = {{BitsOf(first), BitsOf(second), BitsOf(third)}, above + 4};
  return Receive(object, kShape, kIndex, frame);
}

#else

// The registers of the named arguments are the same as without the others, which are on the stack in both
// cases. NOLINTNEXTLINE(cert-dcl50-cpp)
template <std::size_t kShape, std::size_t kIndex>
HRESULT STDMETHODCALLTYPE Function(SlotObject* object, Register<kShape, 0> first, Register<kShape, 1> second,
                                   Register<kShape, 2> third, ...) {
  va_list others;
  va_start(others, third);
  const CallFrame frame = {{BitsOf(first), BitsOf(second), BitsOf(third)}, others};
  const HRESULT hr = Receive(object, kShape, kIndex, frame);
  va_end(others);
  return hr;
}

#endif

template <std::size_t kShape, std::size_t kIndex>
const void* FunctionFor() {
  return reinterpret_cast<const void*>(&Function<kShape, kIndex>);
}

std::size_t ShapeOf(const std::vector<ArgumentKind>& arguments) {
  std::size_t shape = 0;
  for (std::size_t i = 0; i < arguments.size() && i < std::extent_v<decltype(CallFrame::registers)>; ++i) {
    if (arguments[i] == ArgumentKind::kFloat || arguments[i] == ArgumentKind::kDouble)
      shape |= std::size_t{1} << i;
  }
  return shape;
}

#else

// On the stack as the arguments are.
template <std::size_t kCount>
struct Words {
  std::uint32_t words[kCount];
};

template <std::size_t kShape, std::size_t kIndex>
struct Slot {
  static HRESULT STDMETHODCALLTYPE Function(SlotObject* object, Words<kShape> arguments) {
    const CallFrame frame = {&arguments};
    return Receive(object, kShape, kIndex, frame);
  }
};
template <std::size_t kIndex>
struct Slot<0, kIndex> {
  static HRESULT STDMETHODCALLTYPE Function(SlotObject* object) {
    const CallFrame frame = {nullptr};
    return Receive(object, 0, kIndex, frame);
  }
};

template <std::size_t kShape, std::size_t kIndex>
const void* FunctionFor() {
  return reinterpret_cast<const void*>(&Slot<kShape, kIndex>::Function);
}

std::size_t WordsOf(ArgumentKind kind) {
  switch (kind) {
    case ArgumentKind::kWord:
    case ArgumentKind::kFloat:
      return 1;
    case ArgumentKind::kWide:
    case ArgumentKind::kDouble:
      return 2;
    case ArgumentKind::kDecimal:
      return sizeof(DECIMAL) / sizeof(std::uint32_t);
    case ArgumentKind::kVariant:
      return sizeof(VARIANT) / sizeof(std::uint32_t);
  }
  return 0;
}

std::size_t ShapeOf(const std::vector<ArgumentKind>& arguments) {
  std::size_t words = 0;
  for (const ArgumentKind kind : arguments) words += WordsOf(kind);
  return words;
}

#endif

using Functions = std::array<const void*, Vtable::kMethods>;

template <std::size_t kShape, std::size_t... kIndexes>
Functions FunctionsOf(std::index_sequence<kIndexes...>) {
  return {FunctionFor<kShape, kIndexes>()...};
}

template <std::size_t... kShapes>
const Functions& FunctionsOfShape(std::size_t shape, std::index_sequence<kShapes...>) {
  static const std::array<Functions, sizeof...(kShapes)> functions = {
      FunctionsOf<kShapes>(std::make_index_sequence<Vtable::kMethods>())...};
  return functions[shape];
}

struct UnknownSlots {
  static HRESULT STDMETHODCALLTYPE QueryInterface(SlotObject* object, REFIID iid, void** found) {
    return object->target().Controlling()->QueryInterface(iid, found);
  }
  static ULONG STDMETHODCALLTYPE AddRef(SlotObject* object) {
    return object->target().Controlling()->AddRef();
  }
  static ULONG STDMETHODCALLTYPE Release(SlotObject* object) {
    return object->target().Controlling()->Release();
  }
};

struct DispatchSlots {
  static HRESULT STDMETHODCALLTYPE GetTypeInfoCount(SlotObject* object, UINT* count) {
    return With(object, [&](IDispatch* dispatch) { return dispatch->GetTypeInfoCount(count); });
  }
  static HRESULT STDMETHODCALLTYPE GetTypeInfo(SlotObject* object, UINT index, LCID locale,
                                               ITypeInfo** info) {
    return With(object, [&](IDispatch* dispatch) { return dispatch->GetTypeInfo(index, locale, info); });
  }
  static HRESULT STDMETHODCALLTYPE GetIDsOfNames(SlotObject* object, REFIID iid, LPOLESTR* names, UINT count,
                                                 LCID locale, DISPID* ids) {
    return With(object,
                [&](IDispatch* dispatch) { return dispatch->GetIDsOfNames(iid, names, count, locale, ids); });
  }
  static HRESULT STDMETHODCALLTYPE Invoke(SlotObject* object, DISPID member, REFIID iid, LCID locale,
                                          WORD flags, DISPPARAMS* parameters, VARIANT* result,
                                          EXCEPINFO* exception, UINT* fault) {
    return With(object, [&](IDispatch* dispatch) {
      return dispatch->Invoke(member, iid, locale, flags, parameters, result, exception, fault);
    });
  }

 private:
  template <typename Call>
  static HRESULT With(SlotObject* object, const Call& call) {
    ComPtr<IDispatch> dispatch;
    const HRESULT hr = Query(object->target().Controlling(), dispatch);
    return FAILED(hr) ? hr : call(dispatch.Get());
  }
};

template <typename Method>
const void* AddressOf(Method* method) {
  return reinterpret_cast<const void*>(method);
}

// The slot of a method that is not described.
HRESULT STDMETHODCALLTYPE NotDescribed() { return E_NOTIMPL; }
// On 32-bit x86 the function must know its arguments, since it removes them from the stack.
constexpr bool kCanBeLeftOut = sizeof(void*) == 8;

}  // namespace

SlotObject::SlotObject(const Vtable& vtable, SlotTarget& target)
    : functions_(vtable.functions()), vtable_(vtable), target_(target) {}

Vtable::Vtable(const std::vector<VtableMethod>& methods, bool dispatch)
    : functions_({AddressOf(&UnknownSlots::QueryInterface), AddressOf(&UnknownSlots::AddRef),
                  AddressOf(&UnknownSlots::Release)}) {
  unsigned first = ~0U;
  for (const VtableMethod& method : methods) first = (std::min)(first, method.slot);
  if (dispatch && first >= kFirstAfterDispatch && !methods.empty()) {
    for (const void* const function :
         {AddressOf(&DispatchSlots::GetTypeInfoCount), AddressOf(&DispatchSlots::GetTypeInfo),
          AddressOf(&DispatchSlots::GetIDsOfNames), AddressOf(&DispatchSlots::Invoke)})
      functions_.push_back(function);
  }
  for (const VtableMethod& method : methods) {
    const std::size_t shape = ShapeOf(method.arguments);
    if (shape >= kShapes)
      throw std::length_error("the method in slot " + std::to_string(method.slot) +
                              " has too many parameters");
    std::vector<unsigned>& slots = slots_[shape];
    if (slots.size() == kMethods)
      throw std::length_error("more than " + std::to_string(kMethods) +
                              " methods have parameters that are passed in the same way");
    if (method.slot >= functions_.size()) functions_.resize(method.slot + std::size_t{1}, nullptr);
    functions_[method.slot] = FunctionsOfShape(shape, std::make_index_sequence<kShapes>())[slots.size()];
    slots.push_back(method.slot);
  }
  for (std::size_t slot = 0; slot < functions_.size(); ++slot) {
    if (functions_[slot]) continue;
    if (!kCanBeLeftOut)
      throw std::length_error("the method in slot " + std::to_string(slot) +
                              " is not described, which a program for 32-bit processors needs");
    functions_[slot] = AddressOf(&NotDescribed);
  }
}

}  // namespace com_cancel
