// Tests of Vtable: its functions, called by pointers of the types that their methods have, find each
// argument.
//
// It prints a line for each check. The exit code is 1 when one failed.
#include "automation/vtable.h"

#include <wrl/client.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "checks.h"
#include "host/counted_object.h"

using namespace com_cancel;
using Microsoft::WRL::ComPtr;

namespace {

// Takes the arguments of each call by the description of its slot.
class Target final : public SlotTarget {
 public:
  Target(std::vector<VtableMethod> methods, IUnknown* controlling)
      : methods_(std::move(methods)), controlling_(controlling) {}

  IUnknown* Controlling() noexcept override { return controlling_; }
  HRESULT CallSlot(unsigned slot, SlotArguments& arguments) noexcept override {
    called = slot;
    for (const VtableMethod& method : methods_) {
      if (method.slot != slot) continue;
      taken.resize(method.arguments.size());
      for (std::size_t i = 0; i < taken.size(); ++i) arguments.Take(method.arguments[i], &taken[i]);
    }
    return S_OK;
  }

  unsigned called = 0;
  std::vector<Argument> taken;

 private:
  const std::vector<VtableMethod> methods_;
  IUnknown* const controlling_;
};

const void* FunctionAt(IUnknown* object, unsigned slot) {
  return (*reinterpret_cast<const void* const* const*>(object))[slot];
}

template <typename Value>
Value Taken(const Argument& argument) {
  Value value;
  std::memcpy(&value, &argument, sizeof(value));
  return value;
}

template <typename Value>
constexpr ArgumentKind KindOf() {
  if constexpr (std::is_same_v<Value, float>) return ArgumentKind::kFloat;
  if constexpr (std::is_same_v<Value, double>) return ArgumentKind::kDouble;
  if constexpr (std::is_same_v<Value, DECIMAL>) return ArgumentKind::kDecimal;
  if constexpr (std::is_same_v<Value, VARIANT>) return ArgumentKind::kVariant;
  if constexpr (sizeof(Value) > sizeof(void*)) return ArgumentKind::kWide;
  return ArgumentKind::kWord;
}

// A value that is like no other argument, in all of its bytes.
template <typename Value>
Value Made(std::size_t position) {
  if constexpr (std::is_same_v<Value, DECIMAL>) {
    DECIMAL decimal{};
    decimal.Hi32 = static_cast<ULONG>(position);
    decimal.Lo64 = 0x0102030405060708 + position;
    return decimal;
  } else if constexpr (std::is_same_v<Value, VARIANT>) {
    VARIANT variant;
    VariantInit(&variant);
    V_VT(&variant) = VT_I8;
    V_I8(&variant) = 0x0203040506070809 + static_cast<LONGLONG>(position);
    return variant;
  } else if constexpr (std::is_floating_point_v<Value>) {
    return static_cast<Value>(1.5 + static_cast<double>(position));
  } else {
    return static_cast<Value>(0x1112131415161718 + position);
  }
}

template <typename Value>
bool IsMade(const Argument& argument, std::size_t position) {
  const auto taken = Taken<Value>(argument);
  const auto made = Made<Value>(position);
  if constexpr (std::is_same_v<Value, VARIANT>)
    return V_VT(&taken) == VT_I8 && V_I8(&taken) == V_I8(&made);
  else
    return std::memcmp(&taken, &made, sizeof(made)) == 0;
}

// A method with these parameters, in the second of three slots that are alike.
template <typename... Values, std::size_t... kPositions>
bool FindsEach(std::index_sequence<kPositions...>) {
  const std::vector<ArgumentKind> kinds = {KindOf<Values>()...};
  const std::vector<VtableMethod> methods = {{3, kinds}, {4, kinds}, {5, kinds}};
  const Vtable vtable(methods, false);
  Target target(methods, nullptr);
  SlotObject object(vtable, target);
  using Function = HRESULT(STDMETHODCALLTYPE*)(void*, Values...);
  const auto function = reinterpret_cast<Function>(FunctionAt(object.interface_pointer(), 4));
  const HRESULT hr = function(object.interface_pointer(), Made<Values>(kPositions)...);
  return hr == S_OK && target.called == 4 && (IsMade<Values>(target.taken[kPositions], kPositions) && ...);
}
template <typename... Values>
bool FindsEach() {
  return FindsEach<Values...>(std::index_sequence_for<Values...>());
}

// The bits of kMask say which of five parameters are floating-point numbers.
template <typename Number, typename Integer, std::size_t kMask>
using Of = std::conditional_t<kMask & 1, Number, Integer>;
template <typename Number, typename Integer, std::size_t kMask>
bool FindsMasked() {
  return FindsEach<Of<Number, Integer, kMask>, Of<Number, Integer, (kMask >> 1)>,
                   Of<Number, Integer, (kMask >> 2)>, Of<Number, Integer, (kMask >> 3)>,
                   Of<Number, Integer, (kMask >> 4)>>();
}
template <typename Number, typename Integer, std::size_t... kMasks>
void CheckMasks(const char* what, std::index_sequence<kMasks...>) {
  (Check(FindsMasked<Number, Integer, kMasks>(), what, kMasks), ...);
}

void CheckArguments() {
  constexpr std::make_index_sequence<32> kMasks;
  CheckMasks<double, LONGLONG>("double and 64 bits are found in each place", kMasks);
  CheckMasks<float, LONG>("float and 32 bits are found in each place", kMasks);
  CheckMasks<float, double>("float and double are found in each place", kMasks);
  CheckMasks<DECIMAL, SHORT>("DECIMAL and 16 bits are found in each place", kMasks);
  CheckMasks<VARIANT, double>("VARIANT and double are found in each place", kMasks);
  Check(FindsEach<>(), "a method without parameters is called");
  Check(FindsEach<VARIANT, VARIANT, DECIMAL, DECIMAL, VARIANT, VARIANT, DECIMAL, LONG, BYTE, BYTE>(),
        "thirty words of structures are found");
  Check(FindsEach<double, double, double, double, double, double, double, double, double, double, float, LONG,
                  LONG, LONG, LONG, LONG, LONG, LONG, float, LONG>(),
        "more numbers than there are registers are found");
  Check(FindsEach<LONG, LONG, LONG, LONG, LONG, LONG, DECIMAL, LONG, LONGLONG, double>(),
        "a structure that does not fit into the last register is found");
  Check(FindsEach<BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE,
                  BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE, BYTE,
                  BYTE>(),
        "thirty-one parameters are found");
}

class Dispatch final : public CountedObject<IDispatch> {
 public:
  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT* count) override {
    *count = 7;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT, LCID, ITypeInfo**) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR*, UINT, LCID, DISPID* ids) override {
    *ids = 8;
    return S_OK;
  }
  HRESULT STDMETHODCALLTYPE Invoke(DISPID member, REFIID, LCID, WORD, DISPPARAMS*, VARIANT*, EXCEPINFO*,
                                   UINT*) override {
    return member == 9 ? S_FALSE : E_INVALIDARG;
  }
};

void CheckBases() {
  const auto controlling = TakeOver(new Dispatch());
  const std::vector<VtableMethod> methods = {{7, {ArgumentKind::kWord}}};
  const Vtable vtable(methods, true);
  Target target(methods, controlling.Get());
  SlotObject object(vtable, target);
  auto* const derived = reinterpret_cast<IDispatch*>(object.interface_pointer());
  ComPtr<IUnknown> identity;
  Check(derived->QueryInterface(IID_PPV_ARGS(&identity)) == S_OK && identity.Get() == controlling.Get(),
        "QueryInterface is that of the controlling object");
  Check(derived->AddRef() == 3 && derived->Release() == 2, "and so are the references");
  UINT count = 0;
  DISPID id = 0;
  Check(derived->GetTypeInfoCount(&count) == S_OK && count == 7 &&
            derived->GetIDsOfNames(IID_NULL, nullptr, 1, 0, &id) == S_OK && id == 8 &&
            derived->Invoke(9, IID_NULL, 0, 0, nullptr, nullptr, nullptr, nullptr) == S_FALSE,
        "an interface from slot 7 on is derived from IDispatch");
}

template <typename Make>
bool IsRefused(const Make& make) {
  try {
    make();
    return false;
  } catch (const std::length_error&) {
    return true;
  }
}

void CheckLimits() {
  std::vector<VtableMethod> methods;
  while (methods.size() < Vtable::kMethods)
    methods.push_back({static_cast<unsigned>(3 + methods.size()), {ArgumentKind::kWord}});
  const Vtable full(methods, false);
  Target target(methods, nullptr);
  SlotObject object(full, target);
  bool all = true;
  for (const VtableMethod& method : methods) {
    using Function = HRESULT(STDMETHODCALLTYPE*)(void*, LONG);
    const auto function = reinterpret_cast<Function>(FunctionAt(object.interface_pointer(), method.slot));
    all = function(object.interface_pointer(), static_cast<LONG>(method.slot)) == S_OK &&
          target.called == method.slot && target.taken[0].word == method.slot && all;
  }
  Check(all, "each slot is told apart");
  methods.push_back({static_cast<unsigned>(3 + methods.size()), {ArgumentKind::kWord}});
  Check(IsRefused([&] { const Vtable more(methods, false); }), "too many methods are refused");
  if constexpr (sizeof(void*) == 8) {
    const std::vector<VtableMethod> last = {{5, {}}};
    const Vtable vtable(last, false);
    Target other(last, nullptr);
    SlotObject with_gap(vtable, other);
    using Function = HRESULT(STDMETHODCALLTYPE*)(void*, LONG);
    const auto function = reinterpret_cast<Function>(FunctionAt(with_gap.interface_pointer(), 3));
    Check(function(with_gap.interface_pointer(), 1) == E_NOTIMPL && other.called == 0,
          "a slot that is not described returns E_NOTIMPL");
  } else {
    Check(IsRefused([] {
            const Vtable vtable({{5, {}}}, false);
          }),
          "a slot that is not described is refused");
  }
}

}  // namespace

int main() {
  CheckArguments();
  CheckBases();
  CheckLimits();
  std::printf("%d checks, %d failed\n", checks.load(), failures.load());
  return failures == 0 ? 0 : 1;
}
