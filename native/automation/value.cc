// Value: the names of its types, and the elements of arrays.
#include "automation/value.h"

#include <array>
#include <limits>

namespace com_cancel {
namespace {

// In the order of ValueType.
constexpr std::array<const char*, 25> kNames = {
    "empty", "null", "missing", "bool",     "i1",      "ui1",     "i2",   "ui2", "i4",
    "ui4",   "int",  "uint",    "i8",       "ui8",     "r4",      "r8",   "cy",  "decimal",
    "date",  "bstr", "error",   "dispatch", "unknown", "variant", "array"};
static_assert(kNames.size() == static_cast<std::size_t>(ValueType::kArray) + 1);

}  // namespace

std::optional<Array::Elements> ElementsOf(ValueType type) {
  switch (type) {
    case ValueType::kEmpty:
    case ValueType::kNull:
    case ValueType::kMissing:
    case ValueType::kArray:
      break;
    case ValueType::kBool:
      return std::vector<bool>();
    case ValueType::kI1:
    case ValueType::kUi1:
    case ValueType::kI2:
    case ValueType::kUi2:
    case ValueType::kI4:
    case ValueType::kUi4:
    case ValueType::kInt:
    case ValueType::kUint:
    case ValueType::kI8:
    case ValueType::kUi8:
    case ValueType::kR4:
    case ValueType::kR8:
    case ValueType::kCy:
    case ValueType::kDate:
    case ValueType::kError:
      return Block();
    case ValueType::kDecimal:
      return std::vector<Decimal>();
    case ValueType::kBstr:
      return std::vector<Text>();
    case ValueType::kDispatch:
    case ValueType::kUnknown:
      return std::vector<std::shared_ptr<Pointer>>();
    case ValueType::kVariant:
      return std::vector<Value>();
  }
  return std::nullopt;
}

std::optional<std::size_t> CountElements(const std::vector<Dimension>& dimensions) {
  if (dimensions.empty() || dimensions.size() > kMaxDimensions) return std::nullopt;
  for (const Dimension& dimension : dimensions) {
    if (dimension.length == 0) return 0;
  }
  std::size_t count = 1;
  for (const Dimension& dimension : dimensions) {
    if (count > std::numeric_limits<std::size_t>::max() / dimension.length) return std::nullopt;
    count *= dimension.length;
  }
  return count;
}

const char* NameOf(ValueType type) {
  const auto index = static_cast<std::size_t>(type);
  return index < kNames.size() ? kNames[index] : "";
}

std::optional<ValueType> TypeNamed(std::string_view name) {
  for (std::size_t index = 0; index < kNames.size(); ++index) {
    if (name == kNames[index]) return static_cast<ValueType>(index);
  }
  return std::nullopt;
}

}  // namespace com_cancel
