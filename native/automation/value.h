// Value, binding.d.ts's Variant as plain data that any thread may hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace com_cancel {

// automation/pointer.h: values only share it.
class Pointer;

// binding.d.ts's ScalarType, VariantType and 'array', in its order.
enum class ValueType : std::uint8_t {
  kEmpty,
  kNull,
  kMissing,
  kBool,
  kI1,
  kUi1,
  kI2,
  kUi2,
  kI4,
  kUi4,
  kInt,
  kUint,
  kI8,
  kUi8,
  kR4,
  kR8,
  kCy,
  kDecimal,
  kDate,
  kBstr,
  kError,
  kDispatch,
  kUnknown,
  kVariant,  // of elements only
  kArray,    // of values only
};

// How deeply arrays may be nested. Input that is deeper is cyclic or hostile.
inline constexpr unsigned kMaxDepth = 64;
// The limit for the costs of all nested arrays together (CostOf). A few shared arrays could otherwise stand
// for any number of elements.
inline constexpr std::size_t kMaxNestedCost = std::size_t{1} << 22;
inline constexpr std::size_t kMaxDimensions = 60;

// `high` and `low` make 96 bits, divided by ten to the power of `scale`, which is 0 to kMaxScale.
struct Decimal {
  static constexpr std::uint8_t kMaxScale = 28;

  std::uint64_t low = 0;
  std::uint32_t high = 0;
  std::uint8_t scale = 0;
  bool negative = false;
};

// Nothing stands for a NULL BSTR.
using Text = std::optional<std::u16string>;

// Bytes that values share. Not initialized.
class Block {
 public:
  Block() = default;
  // Throws std::bad_alloc.
  explicit Block(std::size_t size) : bytes_(new std::uint8_t[size]), size_(size) {}

  std::uint8_t* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }

 private:
  std::shared_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
};

struct Array;

// binding.d.ts's ByReference: to a value of its type, or to a VARIANT that holds it.
enum class ByReference : std::uint8_t { kNo, kValue, kVariant };

struct Value {
  // std::monostate for kEmpty, kNull and kMissing; int64 for all integers but kUi8, and for kCy and kError;
  // double for kR4, kR8 and kDate; null for a null pointer. The copies of a value share its array.
  using Data = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, Decimal, Text,
                            std::shared_ptr<Pointer>, std::shared_ptr<const Array>>;

  ValueType type = ValueType::kEmpty;
  Data data{};
  ByReference by_ref = ByReference::kNo;
};

struct Dimension {
  std::uint32_t length = 0;
  std::int32_t lower = 0;
};

// binding.d.ts's Cells, the VARIANTs of a large array.
struct Cells {
  // In `types`: the element is in `others`. Other codes are ValueTypes.
  static constexpr std::uint8_t kOther = 255;
  // The length of a NULL BSTR.
  static constexpr std::uint32_t kNullText = 0xFFFFFFFF;
  // The slot of a kBstr.
  struct Span {
    std::uint32_t start;
    std::uint32_t length;
  };

  Block types;  // a byte for each element
  Block slots;  // eight bytes for each element
  Block text;   // Latin-1, or UTF-16 if `wide`
  bool wide = false;
  std::vector<Value> others;
};

// Arrays of VARIANTs of at least this length are Cells.
inline constexpr std::size_t kCellsFrom = 1024;

struct Array {
  // For numbers a Block, which holds them as a SAFEARRAY does; for kVariant Values or Cells; else a vector of
  // what Value::data holds for one element.
  using Elements = std::variant<std::vector<bool>, Block, std::vector<Decimal>, std::vector<Text>,
                                std::vector<std::shared_ptr<Pointer>>, std::vector<Value>, Cells>;

  ValueType element = ValueType::kVariant;
  // 1 to kMaxDimensions; the first varies slowest.
  std::vector<Dimension> dimensions;
  // The last dimension varies fastest.
  Elements elements;
};

inline Value ValueOf(Array array) {
  return {ValueType::kArray, std::make_shared<const Array>(std::move(array))};
}

// Without elements, for elements of `type`; none for a type without arrays.
std::optional<Array::Elements> ElementsOf(ValueType type);

// How many elements an array of these dimensions has; none when the dimensions are not valid.
std::optional<std::size_t> CountElements(const std::vector<Dimension>& dimensions);

// 1 for each VARIANT; other elements are much cheaper.
inline std::size_t CostOf(ValueType element, std::size_t count) {
  return 1 + (element == ValueType::kVariant ? count : count / 64);
}

// The name of a type in binding.d.ts, and the type of a name; none for an unknown name.
const char* NameOf(ValueType type);
std::optional<ValueType> TypeNamed(std::string_view name);

}  // namespace com_cancel
