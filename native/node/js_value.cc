// Conversions between Values and binding.d.ts's Variant.
//
// By the C functions of Node-API, because lists may have hundreds of thousands of elements: each element
// costs one or two calls. Blocks are copied.
#include "node/js_value.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace com_cancel {
namespace {

// How many elements have handles at the same time.
constexpr std::uint32_t kElementsInScope = 1024;
// Buffers from this size on may fail to be allocated.
constexpr std::size_t kLargeBuffer = std::size_t{1} << 20;

std::uint32_t EndOfScope(std::uint32_t first, std::uint32_t length) {
  return first + std::min(length - first, kElementsInScope);
}

// Throws what JavaScript threw, or an error that describes the failure of Node-API.
void Check(napi_env env, napi_status status) {
  if (status != napi_ok) throw Napi::Error::New(env);
}

[[noreturn]] void Refuse(napi_env env, const std::string& message) {
  throw Napi::TypeError::New(env, message);
}

struct Range {
  std::int64_t least;
  std::int64_t greatest;
};

template <typename Integer>
constexpr Range RangeOf() {
  return {std::numeric_limits<Integer>::min(), std::numeric_limits<Integer>::max()};
}

// For the integers that are numbers in JavaScript.
constexpr Range RangeOf(ValueType type) {
  switch (type) {
    case ValueType::kI1:
      return RangeOf<std::int8_t>();
    case ValueType::kUi1:
      return RangeOf<std::uint8_t>();
    case ValueType::kI2:
      return RangeOf<std::int16_t>();
    case ValueType::kUi2:
      return RangeOf<std::uint16_t>();
    case ValueType::kUi4:
    case ValueType::kUint:
      return RangeOf<std::uint32_t>();
    default:
      return RangeOf<std::int32_t>();
  }
}

bool IsBigInt(ValueType type) {
  return type == ValueType::kI8 || type == ValueType::kUi8 || type == ValueType::kCy;
}

template <typename Elements>
inline constexpr bool kIsList = !std::is_same_v<Elements, Block> && !std::is_same_v<Elements, Cells>;

// The typed array of binding.d.ts's Block for a type of numbers.
napi_typedarray_type NumbersOf(ValueType type) {
  switch (type) {
    case ValueType::kI1:
      return napi_int8_array;
    case ValueType::kUi1:
      return napi_uint8_array;
    case ValueType::kI2:
      return napi_int16_array;
    case ValueType::kUi2:
      return napi_uint16_array;
    case ValueType::kUi4:
    case ValueType::kUint:
      return napi_uint32_array;
    case ValueType::kI8:
    case ValueType::kCy:
      return napi_bigint64_array;
    case ValueType::kUi8:
      return napi_biguint64_array;
    case ValueType::kR4:
      return napi_float32_array;
    case ValueType::kR8:
    case ValueType::kDate:
      return napi_float64_array;
    default:
      return napi_int32_array;
  }
}

// The size of an element in bytes.
std::size_t SizeOf(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      return 1;
    case napi_int16_array:
    case napi_uint16_array:
      return 2;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array:
      return 4;
    default:
      return 8;
  }
}

// Names of properties, created once for a Variant and all that are nested in it.
struct Keys {
  explicit Keys(napi_env env)
      : type(Make(env, "type")), value(Make(env, "value")), by_ref(Make(env, "byRef")) {}

  const napi_value type;
  const napi_value value;
  const napi_value by_ref;

 private:
  static napi_value Make(napi_env env, const char* name) {
    napi_value made = nullptr;
    Check(env, napi_create_string_latin1(env, name, NAPI_AUTO_LENGTH, &made));
    return made;
  }
};

// One level of nested arrays of a Reader or Writer.
class Level {
 public:
  Level(napi_env env, unsigned* depth) : depth_(depth) {
    if (*depth_ == kMaxDepth) Refuse(env, "arrays are nested in one another too deep");
    ++*depth_;
  }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  ~Level() { --*depth_; }

 private:
  unsigned* const depth_;
};

// Reads one Variant with everything that is nested in it.
class Reader {
 public:
  Reader(napi_env env, const PointerFrom& pointer_from)
      : env_(env), keys_(env), pointer_from_(pointer_from) {}

  Value Read(napi_value variant) {
    const Level level(env_, &depth_);
    RequireObject(variant, "expected a variant");
    Value value;
    value.type = TypeFrom(Property(variant, keys_.type), "type");
    value.by_ref = ByReferenceFrom(Property(variant, keys_.by_ref));
    switch (value.type) {
      case ValueType::kEmpty:
      case ValueType::kNull:
      case ValueType::kMissing:
        break;
      case ValueType::kVariant:
        Refuse(env_, "only the elements of an array can be of type 'variant'");
      case ValueType::kArray:
        value.data = std::make_shared<const Array>(ReadArray(variant));
        break;
      default:
        ReadScalar(variant, &value);
    }
    return value;
  }

 private:
  napi_value Property(napi_value object, const char* name) {
    napi_value property = nullptr;
    Check(env_, napi_get_named_property(env_, object, name, &property));
    return property;
  }

  napi_value Property(napi_value object, napi_value key) {
    napi_value property = nullptr;
    Check(env_, napi_get_property(env_, object, key, &property));
    return property;
  }

  napi_valuetype KindOf(napi_value value) {
    napi_valuetype kind = napi_undefined;
    Check(env_, napi_typeof(env_, value, &kind));
    return kind;
  }

  void RequireObject(napi_value value, const char* message) {
    if (KindOf(value) != napi_object) Refuse(env_, message);
  }

  [[noreturn]] void RefuseFor(ValueType type, const char* expected) {
    Refuse(env_, std::string("expected ") + expected + " for type '" + NameOf(type) + "'");
  }

  ByReference ByReferenceFrom(napi_value value) {
    bool is_true = false;
    if (napi_get_value_bool(env_, value, &is_true) == napi_ok)
      return is_true ? ByReference::kValue : ByReference::kNo;
    const napi_valuetype kind = KindOf(value);
    // 'variant' is the only string that binding.d.ts allows.
    if (kind == napi_string) return ByReference::kVariant;
    if (kind != napi_undefined) Refuse(env_, "expected 'byRef' to be a boolean or 'variant'");
    return ByReference::kNo;
  }

  ValueType TypeFrom(napi_value from, const char* property) {
    // Larger than every name of a type.
    std::array<char, 16> text{};
    std::size_t length = 0;
    if (napi_get_value_string_latin1(env_, from, text.data(), text.size(), &length) != napi_ok) {
      Refuse(env_, std::string("expected '") + property + "' to be the name of a type");
    }
    const auto type = TypeNamed({text.data(), length});
    if (!type) Refuse(env_, std::string("no type is called '") + text.data() + "'");
    return *type;
  }

  void ReadScalar(napi_value variant, Value* value) {
    const napi_value data = Property(variant, keys_.value);
    switch (value->type) {
      case ValueType::kBool:
        return TakeInto<bool>(data, value);
      case ValueType::kUi8:
        return TakeInto<std::uint64_t>(data, value);
      case ValueType::kR4:
      case ValueType::kR8:
      case ValueType::kDate:
        return TakeInto<double>(data, value);
      case ValueType::kDecimal:
        return TakeInto<Decimal>(data, value);
      case ValueType::kBstr:
        return TakeInto<Text>(data, value);
      case ValueType::kDispatch:
      case ValueType::kUnknown:
        return TakeInto<std::shared_ptr<Pointer>>(data, value);
      default:
        return TakeInto<std::int64_t>(data, value);
    }
  }

  template <typename Kept>
  void TakeInto(napi_value data, Value* value) {
    Kept kept{};
    Take(value->type, data, &kept);
    value->data = std::move(kept);
  }

  Array ReadArray(napi_value variant) {
    Array array;
    array.element = TypeFrom(Property(variant, "element"), "element");
    auto elements = ElementsOf(array.element);
    if (!elements) Refuse(env_, std::string("there are no arrays of type '") + NameOf(array.element) + "'");
    array.elements = *std::move(elements);
    array.dimensions = ReadDimensions(Property(variant, "dimensions"));

    const napi_value from = Property(variant, "elements");
    const auto count = CountElements(array.dimensions);
    if (!count) Refuse(env_, "an array has too many elements");
    if (auto* const block = std::get_if<Block>(&array.elements)) {
      const Numbers numbers = NumbersFrom(from);
      if (numbers.type != NumbersOf(array.element)) RefuseFor(array.element, "the typed array");
      RequireCount(array, *count, numbers.length);
      *block = CopyOf(numbers);
    } else if (array.element == ValueType::kVariant && !IsArray(from)) {
      array.elements = ReadCells(array, *count, from);
    } else {
      const std::uint32_t length = LengthOf(from, "expected 'elements' to be an array");
      RequireCount(array, *count, length);
      std::visit(
          [&]([[maybe_unused]] auto& kept) {
            if constexpr (kIsList<std::decay_t<decltype(kept)>>)
              ReadElements(array.element, from, length, &kept);
          },
          array.elements);
    }
    return array;
  }

  // Checked before elements are read: a few shared arrays can contain any number of them.
  void RequireCount(const Array& array, std::size_t count, std::size_t length) {
    if (count != length) Refuse(env_, "an array has as many elements as its dimensions say");
    if (depth_ <= 1) return;
    const std::size_t cost = CostOf(array.element, length);
    if (cost > kMaxNestedCost - cost_) Refuse(env_, "nested arrays have too many elements");
    cost_ += cost;
  }

  // A typed array.
  struct Numbers {
    napi_typedarray_type type = napi_uint8_array;
    std::size_t length = 0;
    void* data = nullptr;
  };

  Numbers NumbersFrom(napi_value from) {
    bool is_typed_array = false;
    Check(env_, napi_is_typedarray(env_, from, &is_typed_array));
    if (!is_typed_array) Refuse(env_, "expected a typed array");
    Numbers numbers;
    Check(env_, napi_get_typedarray_info(env_, from, &numbers.type, &numbers.length, &numbers.data, nullptr,
                                         nullptr));
    return numbers;
  }

  static Block CopyOf(const Numbers& numbers) {
    Block block(numbers.length * SizeOf(numbers.type));
    if (block.size() > 0) std::memcpy(block.data(), numbers.data, block.size());
    return block;
  }

  // The blocks are checked when they become VARIANTs.
  Cells ReadCells(const Array& array, std::size_t count, napi_value from) {
    RequireObject(from, "expected 'elements' to be an array or cells");
    Cells cells;
    const napi_value from_types = Property(from, "types");
    const napi_value from_slots = Property(from, "slots");
    const napi_value from_text = Property(from, "text");
    const napi_value others = Property(from, "others");
    // After all getters, which could detach a buffer: until the copies are made no JavaScript runs.
    const Numbers types = NumbersFrom(from_types);
    const Numbers slots = NumbersFrom(from_slots);
    const Numbers text = NumbersFrom(from_text);
    if (types.type != napi_uint8_array || slots.type != napi_float64_array || slots.length != types.length ||
        (text.type != napi_uint8_array && text.type != napi_uint16_array))
      Refuse(env_, "expected cells of the typed arrays 'types', 'slots' and 'text'");
    RequireCount(array, count, types.length);
    cells.types = CopyOf(types);
    cells.slots = CopyOf(slots);
    cells.text = CopyOf(text);
    cells.wide = text.type == napi_uint16_array;
    ReadElements(ValueType::kVariant, others, LengthOf(others, "expected 'others' to be an array"),
                 &cells.others);
    return cells;
  }

  bool IsArray(napi_value value) {
    bool is_array = false;
    Check(env_, napi_is_array(env_, value, &is_array));
    return is_array;
  }

  std::uint32_t LengthOf(napi_value list, const char* message) {
    if (!IsArray(list)) Refuse(env_, message);
    std::uint32_t length = 0;
    Check(env_, napi_get_array_length(env_, list, &length));
    return length;
  }

  std::vector<Dimension> ReadDimensions(napi_value list) {
    const std::uint32_t count = LengthOf(list, "expected 'dimensions' to be an array");
    if (count == 0 || count > kMaxDimensions) Refuse(env_, "an array has 1 to 60 dimensions");
    std::vector<Dimension> dimensions(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      napi_value dimension = nullptr;
      Check(env_, napi_get_element(env_, list, i, &dimension));
      RequireObject(dimension, "expected a dimension");
      const auto length = IntegerIn(RangeOf<std::uint32_t>(), Property(dimension, "length"));
      const auto lower = IntegerIn(RangeOf<std::int32_t>(), Property(dimension, "lower"));
      if (!length || !lower)
        Refuse(env_, "expected the 'length' and 'lower' of a dimension to be integers in range");
      dimensions[i] = {static_cast<std::uint32_t>(*length), static_cast<std::int32_t>(*lower)};
    }
    return dimensions;
  }

  template <typename Kept>
  void ReadElements(ValueType type, napi_value list, std::uint32_t length, std::vector<Kept>* elements) {
    // Grows step by step: a sparse array may claim four billion elements.
    for (std::uint32_t i = 0; i < length;) {
      const Napi::HandleScope scope(env_);
      for (const std::uint32_t end = EndOfScope(i, length); i < end; ++i) {
        napi_value element = nullptr;
        Check(env_, napi_get_element(env_, list, i, &element));
        // Not directly into the vector: elements of a vector<bool> have no address.
        Kept kept{};
        Take(type, element, &kept);
        elements->push_back(std::move(kept));
      }
    }
  }

  // One element, or a scalar's value.

  void Take(ValueType type, napi_value from, bool* kept) {
    if (napi_get_value_bool(env_, from, kept) != napi_ok) RefuseFor(type, "a boolean");
  }

  void Take(ValueType type, napi_value from, std::int64_t* kept) {
    if (!IsBigInt(type)) {
      *kept = Integer(type, from);
      return;
    }
    bool lossless = false;
    if (napi_get_value_bigint_int64(env_, from, kept, &lossless) != napi_ok || !lossless)
      RefuseFor(type, "a bigint of 64 bits");
  }

  void Take(ValueType type, napi_value from, std::uint64_t* kept) {
    bool lossless = false;
    if (napi_get_value_bigint_uint64(env_, from, kept, &lossless) != napi_ok || !lossless)
      RefuseFor(type, "a bigint of 64 bits without a sign");
  }

  void Take(ValueType type, napi_value from, double* kept) {
    if (napi_get_value_double(env_, from, kept) != napi_ok) RefuseFor(type, "a number");
  }

  void Take(ValueType type, napi_value from, Decimal* kept) {
    if (KindOf(from) != napi_object) RefuseFor(type, "a decimal");
    if (napi_get_value_bool(env_, Property(from, "negative"), &kept->negative) != napi_ok)
      RefuseFor(type, "a decimal's boolean 'negative'");
    const auto scale = IntegerIn({0, Decimal::kMaxScale}, Property(from, "scale"));
    if (!scale) RefuseFor(type, "a decimal's 'scale' of 0 to 28");
    kept->scale = static_cast<std::uint8_t>(*scale);
    int sign = 0;
    std::array<std::uint64_t, 2> words{};
    std::size_t count = words.size();
    if (napi_get_value_bigint_words(env_, Property(from, "digits"), &sign, &count, words.data()) != napi_ok ||
        sign != 0 || count > words.size() || words[1] > std::numeric_limits<std::uint32_t>::max()) {
      RefuseFor(type, "a decimal's bigint 'digits' of 96 bits without a sign");
    }
    kept->low = words[0];
    kept->high = static_cast<std::uint32_t>(words[1]);
  }

  void Take(ValueType type, napi_value from, Text* kept) {
    std::size_t length = 0;
    if (napi_get_value_string_utf16(env_, from, nullptr, 0, &length) != napi_ok) {
      if (KindOf(from) != napi_null) RefuseFor(type, "a string or null");
      kept->reset();
      return;
    }
    std::u16string& text = kept->emplace(length, u'\0');
    // The function also writes a NUL after the text, where the string has one anyway.
    Check(env_, napi_get_value_string_utf16(env_, from, text.data(), length + 1, &length));
  }

  void Take(ValueType type, napi_value from, std::shared_ptr<Pointer>* kept) {
    const napi_valuetype kind = KindOf(from);
    if (kind == napi_null) return;
    if (kind != napi_object) RefuseFor(type, "a pointer or null");
    *kept = pointer_from_({env_, from});
  }

  void Take(ValueType, napi_value from, Value* kept) { *kept = Read(from); }

  // An integer of up to 32 bits in the range of the type.
  std::int64_t Integer(ValueType type, napi_value from) {
    const auto integer = IntegerIn(RangeOf(type), from);
    if (!integer) RefuseFor(type, "an integer in its range");
    return *integer;
  }

  std::optional<std::int64_t> IntegerIn(const Range& range, napi_value from) {
    double number = 0;
    // Not as an integer: Node-API also converts NaN and fractions to integers.
    if (napi_get_value_double(env_, from, &number) != napi_ok) return std::nullopt;
    const bool in_range =
        number >= static_cast<double>(range.least) && number <= static_cast<double>(range.greatest);
    if (!in_range || number != std::trunc(number)) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }

  const napi_env env_;
  const Keys keys_;
  const PointerFrom& pointer_from_;
  unsigned depth_ = 0;
  std::size_t cost_ = 0;
};

// Writes one Variant with everything that is nested in it.
class Writer {
 public:
  Writer(napi_env env, const PointerTo& pointer_to) : env_(env), keys_(env), pointer_to_(pointer_to) {}

  napi_value Write(const Value& value) {
    const Level level(env_, &depth_);
    const napi_value variant = NewObject();
    Set(variant, keys_.type, Name(value.type));
    if (const auto* const array = std::get_if<std::shared_ptr<const Array>>(&value.data)) {
      if (*array) WriteArray(variant, **array);
    } else if (!std::holds_alternative<std::monostate>(value.data)) {
      Set(variant, keys_.value,
          std::visit([&](const auto& kept) { return Make(value.type, kept); }, value.data));
    }
    if (value.by_ref == ByReference::kValue) Set(variant, keys_.by_ref, Make(ValueType::kBool, true));
    if (value.by_ref == ByReference::kVariant)
      Set(variant, keys_.by_ref, Make(ValueType::kBstr, Text(u"variant")));
    return variant;
  }

 private:
  napi_value NewObject() {
    napi_value object = nullptr;
    Check(env_, napi_create_object(env_, &object));
    return object;
  }

  void Set(napi_value object, const char* name, napi_value value) {
    Check(env_, napi_set_named_property(env_, object, name, value));
  }

  void Set(napi_value object, napi_value key, napi_value value) {
    Check(env_, napi_set_property(env_, object, key, value));
  }

  void WriteArray(napi_value variant, const Array& array) {
    Set(variant, "element", Name(array.element));
    Set(variant, "dimensions", List(array.element, array.dimensions));
    Set(variant, "elements",
        std::visit([&](const auto& elements) { return Elements(array.element, elements); }, array.elements));
  }

  template <typename Kept>
  napi_value Elements(ValueType type, const std::vector<Kept>& elements) {
    return List(type, elements);
  }

  napi_value Elements(ValueType type, const Block& block) { return TypedArray(NumbersOf(type), block); }

  napi_value Elements(ValueType, const Cells& kept) {
    const napi_value cells = NewObject();
    Set(cells, "types", TypedArray(napi_uint8_array, kept.types));
    Set(cells, "slots", TypedArray(napi_float64_array, kept.slots));
    Set(cells, "text", TypedArray(kept.wide ? napi_uint16_array : napi_uint8_array, kept.text));
    Set(cells, "others", List(ValueType::kVariant, kept.others));
    return cells;
  }

  napi_value NewBuffer(std::size_t size, void** data) {
    napi_value buffer = nullptr;
    if (size < kLargeBuffer) {
      Check(env_, napi_create_arraybuffer(env_, size, data, &buffer));
      return buffer;
    }
    // Without memory, the function above ends the process. The constructor throws RangeError.
    napi_value global = nullptr;
    napi_value constructor = nullptr;
    napi_value length = nullptr;
    std::size_t made = 0;
    Check(env_, napi_get_global(env_, &global));
    Check(env_, napi_get_named_property(env_, global, "ArrayBuffer", &constructor));
    Check(env_, napi_create_double(env_, static_cast<double>(size), &length));
    Check(env_, napi_new_instance(env_, constructor, 1, &length, &buffer));
    Check(env_, napi_get_arraybuffer_info(env_, buffer, data, &made));
    if (made != size) Refuse(env_, "the global ArrayBuffer is not JavaScript's own");
    return buffer;
  }

  // A copy: an external buffer could not be transferred to other threads, and Electron allows none.
  napi_value TypedArray(napi_typedarray_type type, const Block& block) {
    void* data = nullptr;
    const napi_value buffer = NewBuffer(block.size(), &data);
    if (block.size() > 0) std::memcpy(data, block.data(), block.size());
    napi_value array = nullptr;
    Check(env_, napi_create_typedarray(env_, type, block.size() / SizeOf(type), buffer, 0, &array));
    return array;
  }

  template <typename Kept>
  napi_value List(ValueType type, const std::vector<Kept>& elements) {
    if (elements.size() >= std::numeric_limits<std::uint32_t>::max())
      throw Napi::RangeError::New(env_, "the array has more elements than one of JavaScript's can have");
    const auto length = static_cast<std::uint32_t>(elements.size());
    napi_value list = nullptr;
    Check(env_, napi_create_array_with_length(env_, length, &list));
    for (std::uint32_t i = 0; i < length;) {
      const Napi::HandleScope scope(env_);
      for (const std::uint32_t end = EndOfScope(i, length); i < end; ++i)
        Check(env_, napi_set_element(env_, list, i, Make(type, elements[i])));
    }
    return list;
  }

  napi_value Name(ValueType type) {
    napi_value name = nullptr;
    Check(env_, napi_create_string_latin1(env_, NameOf(type), NAPI_AUTO_LENGTH, &name));
    return name;
  }

  napi_value Null() {
    napi_value null = nullptr;
    Check(env_, napi_get_null(env_, &null));
    return null;
  }

  // One element, or a scalar's value.

  napi_value Make(ValueType, std::monostate) { return Null(); }
  napi_value Make(ValueType, const std::shared_ptr<const Array>&) { return Null(); }

  napi_value Make(ValueType, bool kept) {
    napi_value made = nullptr;
    Check(env_, napi_get_boolean(env_, kept, &made));
    return made;
  }

  napi_value Make(ValueType type, std::int64_t kept) {
    napi_value made = nullptr;
    Check(env_, IsBigInt(type) ? napi_create_bigint_int64(env_, kept, &made)
                               : napi_create_int64(env_, kept, &made));
    return made;
  }

  napi_value Make(ValueType, std::uint64_t kept) {
    napi_value made = nullptr;
    Check(env_, napi_create_bigint_uint64(env_, kept, &made));
    return made;
  }

  napi_value Make(ValueType, double kept) {
    napi_value made = nullptr;
    Check(env_, napi_create_double(env_, kept, &made));
    return made;
  }

  napi_value Make(ValueType, const Decimal& kept) {
    const std::array<std::uint64_t, 2> words = {kept.low, kept.high};
    napi_value digits = nullptr;
    Check(env_, napi_create_bigint_words(env_, 0, words.size(), words.data(), &digits));
    const napi_value decimal = NewObject();
    Set(decimal, "digits", digits);
    Set(decimal, "scale", Make(ValueType::kUi1, std::int64_t{kept.scale}));
    Set(decimal, "negative", Make(ValueType::kBool, kept.negative));
    return decimal;
  }

  napi_value Make(ValueType, const Text& kept) {
    if (!kept) return Null();
    napi_value made = nullptr;
    Check(env_, napi_create_string_utf16(env_, kept->data(), kept->size(), &made));
    return made;
  }

  napi_value Make(ValueType, const std::shared_ptr<Pointer>& kept) {
    return kept ? pointer_to_(env_, kept) : Null();
  }

  napi_value Make(ValueType, const Dimension& kept) {
    const napi_value dimension = NewObject();
    Set(dimension, "length", Make(ValueType::kUi4, std::int64_t{kept.length}));
    Set(dimension, "lower", Make(ValueType::kI4, std::int64_t{kept.lower}));
    return dimension;
  }

  napi_value Make(ValueType, const Value& kept) { return Write(kept); }

  const napi_env env_;
  const Keys keys_;
  const PointerTo& pointer_to_;
  unsigned depth_ = 0;
};

}  // namespace

Value ValueFrom(Napi::Value variant, const PointerFrom& pointer_from) {
  return Reader(variant.Env(), pointer_from).Read(variant);
}

Napi::Object ValueTo(Napi::Env env, const Value& value, const PointerTo& pointer_to) {
  return {env, Writer(env, pointer_to).Write(value)};
}

}  // namespace com_cancel
