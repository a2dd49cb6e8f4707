// VARIANTs to and from plain values.
#include "automation/variant.h"

#include <array>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <type_traits>

namespace com_cancel {
namespace {

// In the order of ValueType, up to kVariant.
constexpr std::array<VARTYPE, 24> kVartypes = {
    VT_EMPTY, VT_NULL,    VT_ERROR, VT_BOOL, VT_I1,    VT_UI1,      VT_I2,      VT_UI2,
    VT_I4,    VT_UI4,     VT_INT,   VT_UINT, VT_I8,    VT_UI8,      VT_R4,      VT_R8,
    VT_CY,    VT_DECIMAL, VT_DATE,  VT_BSTR, VT_ERROR, VT_DISPATCH, VT_UNKNOWN, VT_VARIANT};
static_assert(kVartypes.size() == static_cast<std::size_t>(ValueType::kVariant) + 1);
// Without a place in memory that could be referred to, or be an element.
constexpr auto kFirstWithData = static_cast<std::size_t>(ValueType::kBool);

// Both for types with data only: VT_ERROR is kError.
bool HasData(ValueType type) {
  const auto index = static_cast<std::size_t>(type);
  return index >= kFirstWithData && index < kVartypes.size();
}

bool TypeOf(VARTYPE vartype, ValueType* type) {
  for (std::size_t index = kFirstWithData; index < kVartypes.size(); ++index) {
    if (kVartypes[index] == vartype) {
      *type = static_cast<ValueType>(index);
      return true;
    }
  }
  return false;
}

// The address of what a VARIANT that is not by reference holds.
const void* DataOf(const VARIANT& variant) {
  if (V_VT(&variant) == VT_DECIMAL) return &V_DECIMAL(&variant);
  return &V_BYREF(&variant);
}
void* DataOf(VARIANT& variant) { return const_cast<void*>(DataOf(static_cast<const VARIANT&>(variant))); }

// Memory of others: of any alignment, and a union as often as not.
template <typename T>
T Load(const void* from) {
  static_assert(std::is_trivially_copyable_v<T>);
  T loaded;
  // NOLINTNEXTLINE(bugprone-sizeof-expression): a pointer is among what is loaded.
  std::memcpy(&loaded, from, sizeof(T));
  return loaded;
}
template <typename T>
void Store(const T& stored, void* to) {
  static_assert(std::is_trivially_copyable_v<T>);
  // NOLINTNEXTLINE(bugprone-sizeof-expression)
  std::memcpy(to, &stored, sizeof(T));
}

struct DestroyArray {
  void operator()(SAFEARRAY* array) const { SafeArrayDestroy(array); }
};
using OwnedArray = std::unique_ptr<SAFEARRAY, DestroyArray>;

// Keeps the elements of an array where they are.
class ArrayAccess {
 public:
  explicit ArrayAccess(SAFEARRAY* array) : array_(array), result_(SafeArrayAccessData(array, &data_)) {}
  ArrayAccess(const ArrayAccess&) = delete;
  ArrayAccess& operator=(const ArrayAccess&) = delete;
  ~ArrayAccess() {
    if (SUCCEEDED(result_)) SafeArrayUnaccessData(array_);
  }

  HRESULT result() const { return result_; }
  char* data() const { return static_cast<char*>(data_); }

 private:
  SAFEARRAY* const array_;
  void* data_ = nullptr;
  const HRESULT result_;
};

// Goes through the elements as an Array has them, the last dimension varying fastest, and knows where a
// SAFEARRAY has each: there the first dimension varies fastest.
class Walk {
 public:
  explicit Walk(const std::vector<Dimension>& dimensions) : dimensions_(dimensions) {
    std::size_t stride = 1;
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
      strides_[i] = stride;
      stride *= dimensions[i].length;
    }
  }

  std::size_t offset() const { return offset_; }
  void Next() {
    for (std::size_t i = dimensions_.size(); i-- > 0;) {
      offset_ += strides_[i];
      if (++index_[i] < dimensions_[i].length) return;
      offset_ -= strides_[i] * dimensions_[i].length;
      index_[i] = 0;
    }
  }

 private:
  const std::vector<Dimension>& dimensions_;
  std::array<std::size_t, kMaxDimensions> strides_{};
  std::array<std::uint32_t, kMaxDimensions> index_{};
  std::size_t offset_ = 0;
};

// What an array holds, by its own account; `declared`, the VARIANT's, only where it gives none.
VARTYPE ElementVartype(SAFEARRAY* array, VARTYPE declared) {
  // Before SafeArrayGetVartype, which doesn't tell for all arrays of IUnknown.
  if (array->fFeatures & FADF_RECORD) return VT_RECORD;
  if (array->fFeatures & FADF_BSTR) return VT_BSTR;
  if (array->fFeatures & FADF_UNKNOWN) return VT_UNKNOWN;
  if (array->fFeatures & FADF_DISPATCH) return VT_DISPATCH;
  if (array->fFeatures & FADF_VARIANT) return VT_VARIANT;
  VARTYPE own = VT_EMPTY;
  if (array->fFeatures & FADF_HAVEVARTYPE && SUCCEEDED(SafeArrayGetVartype(array, &own)) && own != VT_EMPTY)
    return own;
  return declared;
}

class Conversion;

// One for each type with data: how a cell (in a VARIANT, in an array, or anywhere, by reference) and what a
// value keeps become one another. A cell that is written holds nothing yet.
template <typename CellType, typename KeptType>
struct NumberCodec {
  using Cell = CellType;
  using Kept = KeptType;
  static HRESULT Read(Conversion&, const Cell& cell, Kept* kept) {
    *kept = Kept{cell};
    return S_OK;
  }
  static HRESULT Write(Conversion&, const Kept& kept, Cell* cell) {
    *cell = static_cast<Cell>(kept);
    return S_OK;
  }
};

struct BoolCodec {
  using Cell = VARIANT_BOOL;
  using Kept = bool;
  static HRESULT Read(Conversion&, const Cell& cell, Kept* kept) {
    *kept = cell != VARIANT_FALSE;
    return S_OK;
  }
  static HRESULT Write(Conversion&, const Kept& kept, Cell* cell) {
    *cell = kept ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
  }
};

struct DecimalCodec {
  using Cell = DECIMAL;
  using Kept = Decimal;
  static HRESULT Read(Conversion&, const Cell& cell, Kept* kept) {
    if (cell.scale > Decimal::kMaxScale) return E_INVALIDARG;
    *kept = {cell.Lo64, cell.Hi32, cell.scale, (cell.sign & DECIMAL_NEG) != 0};
    return S_OK;
  }
  static HRESULT Write(Conversion&, const Kept& kept, Cell* cell) {
    if (kept.scale > Decimal::kMaxScale) return E_INVALIDARG;
    cell->scale = kept.scale;
    cell->sign = static_cast<BYTE>(kept.negative ? DECIMAL_NEG : 0);
    cell->Hi32 = kept.high;
    cell->Lo64 = kept.low;
    return S_OK;
  }
};

struct TextCodec {
  using Cell = BSTR;
  using Kept = Text;
  static_assert(sizeof(OLECHAR) == sizeof(char16_t));
  static HRESULT Read(Conversion&, const Cell& cell, Kept* kept) {
    if (cell) kept->emplace(reinterpret_cast<const char16_t*>(cell), SysStringLen(cell));
    return S_OK;
  }
  static HRESULT Write(Conversion&, const Kept& kept, Cell* cell) {
    if (!kept) return S_OK;
    // Its length in bytes, with the NUL and the length itself, must fit into 32 bits.
    if (kept->size() > std::numeric_limits<std::uint32_t>::max() / sizeof(OLECHAR) - 16) return E_OUTOFMEMORY;
    *cell =
        SysAllocStringLen(reinterpret_cast<const OLECHAR*>(kept->data()), static_cast<UINT>(kept->size()));
    return *cell ? S_OK : E_OUTOFMEMORY;
  }
};

template <typename Interface>
struct PointerCodec {
  using Cell = IUnknown*;
  using Kept = std::shared_ptr<Pointer>;
  static HRESULT Read(Conversion& conversion, const Cell& cell, Kept* kept);
  static HRESULT Write(Conversion& conversion, const Kept& kept, Cell* cell);
};

struct VariantCodec {
  using Cell = VARIANT;
  using Kept = Value;
  static HRESULT Read(Conversion& conversion, const Cell& cell, Kept* kept);
  static HRESULT Write(Conversion& conversion, const Kept& kept, Cell* cell);
};

// Calls `visit` with the codec; `otherwise` is returned for a type that has none.
template <typename Visit>
HRESULT WithScalarCodec(VARTYPE vartype, HRESULT otherwise, const Visit& visit) {
  switch (vartype) {
    case VT_BOOL:
      return visit(BoolCodec{});
    case VT_I1:
      return visit(NumberCodec<std::int8_t, std::int64_t>{});
    case VT_UI1:
      return visit(NumberCodec<std::uint8_t, std::int64_t>{});
    case VT_I2:
      return visit(NumberCodec<std::int16_t, std::int64_t>{});
    case VT_UI2:
      return visit(NumberCodec<std::uint16_t, std::int64_t>{});
    case VT_I4:
    case VT_INT:
    case VT_ERROR:
      return visit(NumberCodec<std::int32_t, std::int64_t>{});
    case VT_UI4:
    case VT_UINT:
      return visit(NumberCodec<std::uint32_t, std::int64_t>{});
    case VT_I8:
    case VT_CY:
      return visit(NumberCodec<std::int64_t, std::int64_t>{});
    case VT_UI8:
      return visit(NumberCodec<std::uint64_t, std::uint64_t>{});
    case VT_R4:
      return visit(NumberCodec<float, double>{});
    case VT_R8:
    case VT_DATE:
      return visit(NumberCodec<double, double>{});
    case VT_DECIMAL:
      return visit(DecimalCodec{});
    case VT_BSTR:
      return visit(TextCodec{});
    case VT_DISPATCH:
      return visit(PointerCodec<IDispatch>{});
    case VT_UNKNOWN:
      return visit(PointerCodec<IUnknown>{});
    default:
      return otherwise;
  }
}

template <typename Visit>
HRESULT WithElementCodec(VARTYPE vartype, HRESULT otherwise, const Visit& visit) {
  return vartype == VT_VARIANT ? visit(VariantCodec{}) : WithScalarCodec(vartype, otherwise, visit);
}

// One value or VARIANT being converted, whatever is nested in it. May throw what allocation throws.
class Conversion {
 public:
  Conversion(const PointerConversion& pointers, VARTYPE* refused) : pointers_(pointers), refused_(refused) {}

  const PointerConversion& pointers() const { return pointers_; }

  // `value` is a new one.
  HRESULT Read(const VARIANT& variant, Value* value) {
    const Level level(this);
    if (depth_ > kMaxDepth) return DISP_E_OVERFLOW;
    const VARTYPE vartype = V_VT(&variant);
    const auto base = static_cast<VARTYPE>(vartype & VT_TYPEMASK);
    const bool by_ref = (vartype & VT_BYREF) != 0;
    if (vartype & ~(VT_TYPEMASK | VT_ARRAY | VT_BYREF)) return Refuse(vartype);
    if (vartype == VT_EMPTY) return S_OK;
    if (vartype == VT_NULL) {
      value->type = ValueType::kNull;
      return S_OK;
    }
    const void* const data = by_ref ? V_BYREF(&variant) : DataOf(variant);
    if (!data) return E_POINTER;
    HRESULT hr = S_OK;
    if (vartype & VT_ARRAY) {
      hr = ReadArray(base, Load<SAFEARRAY*>(data), value);
    } else if (by_ref && base == VT_VARIANT) {
      hr = Read(Load<VARIANT>(data), value);
    } else {
      hr = ReadScalar(vartype, data, value);
    }
    // What an element refers to is just its value.
    if (by_ref && depth_ == 1)
      value->by_ref = vartype == (VT_BYREF | VT_VARIANT) ? ByReference::kVariant : ByReference::kValue;
    return hr;
  }

  // `variant` is overwritten. After a failure it is VT_EMPTY.
  HRESULT Write(const Value& value, VARIANT* variant) {
    VariantInit(variant);
    const Level level(this);
    if (depth_ > kMaxDepth) return DISP_E_OVERFLOW;
    switch (value.type) {
      case ValueType::kEmpty:
        return S_OK;
      case ValueType::kNull:
        V_VT(variant) = VT_NULL;
        return S_OK;
      case ValueType::kMissing:
        V_VT(variant) = VT_ERROR;
        V_ERROR(variant) = DISP_E_PARAMNOTFOUND;
        return S_OK;
      case ValueType::kArray: {
        const auto* const array = std::get_if<std::shared_ptr<const Array>>(&value.data);
        if (!array || !*array) return E_INVALIDARG;
        return WriteArray(**array, variant);
      }
      default:
        return WriteScalar(value, variant);
    }
  }

 private:
  class Level {
   public:
    explicit Level(Conversion* conversion) : conversion_(conversion) { ++conversion_->depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ~Level() { --conversion_->depth_; }

   private:
    Conversion* const conversion_;
  };

  HRESULT Refuse(unsigned vartype) {
    if (refused_) *refused_ = static_cast<VARTYPE>(vartype);
    return DISP_E_BADVARTYPE;
  }

  // Whether this array, when it is one within another, may be as well.
  bool Afford(ValueType element, std::size_t count) {
    if (depth_ <= 1) return true;
    const std::size_t cost = CostOf(element, count);
    if (cost > kMaxNestedCost - cost_) return false;
    cost_ += cost;
    return true;
  }

  HRESULT ReadScalar(VARTYPE vartype, const void* data, Value* value) {
    const auto base = static_cast<VARTYPE>(vartype & VT_TYPEMASK);
    if (!TypeOf(base, &value->type) || base == VT_VARIANT) return Refuse(vartype);
    const HRESULT hr = WithScalarCodec(base, E_UNEXPECTED, [&]([[maybe_unused]] auto codec) {
      using Codec = decltype(codec);
      return Codec::Read(*this, Load<typename Codec::Cell>(data),
                         &value->data.emplace<typename Codec::Kept>());
    });
    if (base == VT_ERROR && std::get<std::int64_t>(value->data) == DISP_E_PARAMNOTFOUND) {
      value->type = ValueType::kMissing;
      value->data = std::monostate();
    }
    return hr;
  }

  HRESULT WriteScalar(const Value& value, VARIANT* variant) {
    if (!HasData(value.type) || value.type == ValueType::kVariant) return E_INVALIDARG;
    const VARTYPE vartype = kVartypes[static_cast<std::size_t>(value.type)];
    return WithScalarCodec(vartype, E_UNEXPECTED, [&]([[maybe_unused]] auto codec) {
      using Codec = decltype(codec);
      const auto* const kept = std::get_if<typename Codec::Kept>(&value.data);
      if (!kept) return E_INVALIDARG;
      typename Codec::Cell cell{};
      const HRESULT hr = Codec::Write(*this, *kept, &cell);
      if (FAILED(hr)) return hr;
      // First, for it says where the data are; and again, for a DECIMAL covers it.
      V_VT(variant) = vartype;
      Store(cell, DataOf(*variant));
      V_VT(variant) = vartype;
      return S_OK;
    });
  }

  HRESULT ReadArray(VARTYPE declared, SAFEARRAY* array, Value* value) {
    const VARTYPE vartype = array ? ElementVartype(array, declared) : declared;
    Array read;
    if (!TypeOf(vartype, &read.element)) return Refuse(VT_ARRAY | vartype);
    read.dimensions = DimensionsOf(array);
    const auto count = CountElements(read.dimensions);
    if (!count) return E_INVALIDARG;
    if (!Afford(read.element, *count)) return DISP_E_OVERFLOW;
    const HRESULT hr = WithElementCodec(vartype, E_UNEXPECTED, [&]([[maybe_unused]] auto codec) {
      using Codec = decltype(codec);
      auto& elements = read.elements.emplace<std::vector<typename Codec::Kept>>();
      return *count ? ReadElements<Codec>(array, read.dimensions, *count, &elements) : S_OK;
    });
    if (FAILED(hr)) return hr;
    *value = ValueOf(std::move(read));
    return S_OK;
  }

  template <typename Codec>
  HRESULT ReadElements(SAFEARRAY* array, const std::vector<Dimension>& dimensions, std::size_t count,
                       std::vector<typename Codec::Kept>* elements) {
    using Cell = typename Codec::Cell;
    if (array->cbElements != sizeof(Cell)) return E_INVALIDARG;
    const ArrayAccess access(array);
    if (FAILED(access.result())) return access.result();
    if (!access.data()) return E_INVALIDARG;
    elements->resize(count);
    Walk walk(dimensions);
    for (std::size_t i = 0; i < count; ++i, walk.Next()) {
      // Not straight into the vector: one of bools has no addresses.
      typename Codec::Kept kept{};
      const HRESULT hr = Codec::Read(*this, Load<Cell>(access.data() + walk.offset() * sizeof(Cell)), &kept);
      if (FAILED(hr)) return hr;
      (*elements)[i] = std::move(kept);
    }
    return S_OK;
  }

  HRESULT WriteArray(const Array& array, VARIANT* variant) {
    if (!HasData(array.element)) {
      const auto index = static_cast<std::size_t>(array.element);
      return index < kFirstWithData ? Refuse(VT_ARRAY | kVartypes[index]) : E_INVALIDARG;
    }
    const VARTYPE vartype = kVartypes[static_cast<std::size_t>(array.element)];
    const auto count = CountElements(array.dimensions);
    if (!count) return E_INVALIDARG;
    if (!Afford(array.element, *count)) return DISP_E_OVERFLOW;
    return WithElementCodec(vartype, E_UNEXPECTED, [&]([[maybe_unused]] auto codec) {
      using Codec = decltype(codec);
      const auto* const elements = std::get_if<std::vector<typename Codec::Kept>>(&array.elements);
      if (!elements || elements->size() != *count) return E_INVALIDARG;
      OwnedArray made(CreateArray(vartype, array.dimensions));
      if (!made) return E_OUTOFMEMORY;
      // When one fails, those before it go with the array.
      const HRESULT hr = WriteElements<Codec>(*elements, array.dimensions, made.get());
      if (FAILED(hr)) return hr;
      V_VT(variant) = static_cast<VARTYPE>(VT_ARRAY | vartype);
      V_ARRAY(variant) = made.release();
      return S_OK;
    });
  }

  template <typename Codec>
  HRESULT WriteElements(const std::vector<typename Codec::Kept>& elements,
                        const std::vector<Dimension>& dimensions, SAFEARRAY* array) {
    using Cell = typename Codec::Cell;
    if (elements.empty()) return S_OK;
    if (array->cbElements != sizeof(Cell)) return E_UNEXPECTED;
    const ArrayAccess access(array);
    if (FAILED(access.result())) return access.result();
    Walk walk(dimensions);
    for (std::size_t i = 0; i < elements.size(); ++i, walk.Next()) {
      Cell cell{};
      const HRESULT hr = Codec::Write(*this, elements[i], &cell);
      if (FAILED(hr)) return hr;
      Store(cell, access.data() + walk.offset() * sizeof(Cell));
    }
    return S_OK;
  }

  // As Array has them. One without a length for an array that was never allocated.
  static std::vector<Dimension> DimensionsOf(SAFEARRAY* array) {
    if (!array) return {Dimension{}};
    std::vector<Dimension> dimensions(array->cDims);
    // The descriptor has them last to first.
    const SAFEARRAYBOUND* bound = array->rgsabound + array->cDims;
    for (Dimension& dimension : dimensions) {
      --bound;
      dimension = {bound->cElements, bound->lLbound};
    }
    return dimensions;
  }

  static SAFEARRAY* CreateArray(VARTYPE vartype, const std::vector<Dimension>& dimensions) {
    std::array<SAFEARRAYBOUND, kMaxDimensions> bounds;
    for (std::size_t i = 0; i < dimensions.size(); ++i)
      bounds[i] = {dimensions[i].length, dimensions[i].lower};
    // It takes them first to last, other than it keeps them.
    return SafeArrayCreate(vartype, static_cast<UINT>(dimensions.size()), bounds.data());
  }

  const PointerConversion& pointers_;
  VARTYPE* const refused_;
  unsigned depth_ = 0;
  std::size_t cost_ = 0;
};

template <typename Interface>
HRESULT PointerCodec<Interface>::Read(Conversion& conversion, const Cell& cell, Kept* kept) {
  if (!cell) return S_OK;
  *kept = conversion.pointers().adopt(cell);
  return *kept ? S_OK : E_UNEXPECTED;
}

template <typename Interface>
HRESULT PointerCodec<Interface>::Write(Conversion& conversion, const Kept& kept, Cell* cell) {
  if (!kept) return S_OK;
  const HRESULT hr = conversion.pointers().resolve(kept, __uuidof(Interface), cell);
  if (FAILED(hr)) return hr;
  return *cell ? S_OK : E_POINTER;
}

HRESULT VariantCodec::Read(Conversion& conversion, const Cell& cell, Kept* kept) {
  return conversion.Read(cell, kept);
}

HRESULT VariantCodec::Write(Conversion& conversion, const Kept& kept, Cell* cell) {
  return conversion.Write(kept, cell);
}

// No exception may leave for COM's stack.
template <typename Work>
HRESULT WithoutExceptions(const Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  } catch (const std::length_error&) {
    return E_OUTOFMEMORY;
  } catch (...) {
    return E_UNEXPECTED;
  }
}

// Moves a new array to where another one is, which goes.
HRESULT ReplaceArray(OwnedVariant* replacement, void* place) {
  SAFEARRAY* const before = Load<SAFEARRAY*>(place);
  if (before && before->fFeatures & (FADF_AUTO | FADF_STATIC | FADF_EMBEDDED | FADF_FIXEDSIZE)) {
    // This one stays where it is; its elements are replaced when they are as many.
    return SafeArrayCopyData(V_ARRAY(&replacement->get()), before);
  }
  const HRESULT hr = before ? SafeArrayDestroy(before) : S_OK;
  if (FAILED(hr)) return hr;
  const VARIANT moved = replacement->Detach();
  Store(V_ARRAY(&moved), place);
  return S_OK;
}

// Moves what a VARIANT holds to where something of the same type is, which goes.
HRESULT ReplaceScalar(OwnedVariant* replacement, void* place) {
  VARIANT moved = replacement->Detach();
  const VARTYPE vartype = V_VT(&moved);
  return WithScalarCodec(vartype, DISP_E_BADVARTYPE, [&]([[maybe_unused]] auto codec) {
    using Cell = typename decltype(codec)::Cell;
    const Cell before = Load<Cell>(place);
    Store(Load<Cell>(DataOf(moved)), place);
    if constexpr (std::is_same_v<Cell, BSTR>) {
      SysFreeString(before);
    } else if constexpr (std::is_same_v<Cell, IUnknown*>) {
      if (before) before->Release();
    }
    return S_OK;
  });
}

HRESULT Put(const VARIANT& reference, OwnedVariant* replacement, unsigned depth) {
  const VARTYPE vartype = V_VT(&reference);
  void* const place = V_BYREF(&reference);
  if (!(vartype & VT_BYREF)) return DISP_E_TYPEMISMATCH;
  if (!place) return E_POINTER;
  const auto wanted = static_cast<VARTYPE>(vartype & ~VT_BYREF);
  if (wanted == VT_VARIANT) {
    VARIANT* const target = static_cast<VARIANT*>(place);
    // A caller's caller's argument is where the value belongs.
    if (V_VT(target) & VT_BYREF) {
      return depth < kMaxDepth ? Put(*target, replacement, depth + 1) : DISP_E_OVERFLOW;
    }
    const HRESULT hr = VariantClear(target);
    if (FAILED(hr)) return hr;
    *target = replacement->Detach();
    return S_OK;
  }
  if (V_VT(&replacement->get()) != wanted) {
    if ((V_VT(&replacement->get()) | wanted) & VT_ARRAY) return DISP_E_TYPEMISMATCH;
    OwnedVariant changed;
    VARIANT source = replacement->get();
    const HRESULT hr = VariantChangeTypeEx(changed.Receive(), &source, LOCALE_INVARIANT, 0, wanted);
    if (FAILED(hr)) return hr;
    *replacement = std::move(changed);
  }
  if (wanted & VT_ARRAY) return ReplaceArray(replacement, place);
  return ReplaceScalar(replacement, place);
}

}  // namespace

HRESULT ToVariant(const Value& value, const PointerConversion& pointers, VARIANT* variant, VARTYPE* refused) {
  return WithoutExceptions([&] { return Conversion(pointers, refused).Write(value, variant); });
}

HRESULT FromVariant(const VARIANT& variant, const PointerConversion& pointers, Value* value,
                    VARTYPE* refused) {
  return WithoutExceptions([&] {
    Value read;
    const HRESULT hr = Conversion(pointers, refused).Read(variant, &read);
    *value = SUCCEEDED(hr) ? std::move(read) : Value();
    return hr;
  });
}

HRESULT PutThrough(const VARIANT& reference, const Value& value, const PointerConversion& pointers,
                   VARTYPE* refused) {
  OwnedVariant replacement;
  const HRESULT hr = ToVariant(value, pointers, replacement.Receive(), refused);
  return SUCCEEDED(hr) ? Put(reference, &replacement, 0) : hr;
}

HRESULT Arguments::Set(std::size_t slot, const Value& value, const PointerConversion& pointers,
                       VARTYPE* refused) {
  VARIANT& argument = arguments_[slot];
  if (value.by_ref == ByReference::kNo || value.type == ValueType::kMissing) {
    return ToVariant(value, pointers, &argument, refused);
  }
  Cell& cell = cells_[slot];
  const HRESULT hr = ToVariant(value, pointers, &cell.variant, refused);
  if (FAILED(hr)) return hr;
  cell.used = true;
  cell.type = V_VT(&cell.variant);
  if (value.by_ref == ByReference::kVariant || cell.type == VT_EMPTY || cell.type == VT_NULL) {
    cell.type = VT_VARIANT;
    V_BYREF(&argument) = &cell.variant;
  } else {
    V_BYREF(&argument) = DataOf(cell.variant);
  }
  V_VT(&argument) = static_cast<VARTYPE>(VT_BYREF | cell.type);
  return S_OK;
}

HRESULT Arguments::Get(std::size_t slot, const PointerConversion& pointers, Value* value,
                       VARTYPE* refused) const {
  // Through the argument, not from the cell: a server may have put a value in its place.
  const HRESULT hr = FromVariant(arguments_[slot], pointers, value, refused);
  value->by_ref = ByReference::kNo;
  return hr;
}

Arguments::~Arguments() {
  for (VARIANT& argument : arguments_) VariantClear(&argument);
  for (Cell& cell : cells_) {
    if (cell.used && cell.type != VT_VARIANT) V_VT(&cell.variant) = cell.type;
    VariantClear(&cell.variant);
  }
}

std::string NameOfVartype(VARTYPE type) {
  static constexpr std::array<const char*, 39> kNames = {
      "VT_EMPTY",   "VT_NULL",        "VT_I2",       "VT_I4",      "VT_R4",      "VT_R8",      "VT_CY",
      "VT_DATE",    "VT_BSTR",        "VT_DISPATCH", "VT_ERROR",   "VT_BOOL",    "VT_VARIANT", "VT_UNKNOWN",
      "VT_DECIMAL", nullptr,          "VT_I1",       "VT_UI1",     "VT_UI2",     "VT_UI4",     "VT_I8",
      "VT_UI8",     "VT_INT",         "VT_UINT",     "VT_VOID",    "VT_HRESULT", "VT_PTR",     "VT_SAFEARRAY",
      "VT_CARRAY",  "VT_USERDEFINED", "VT_LPSTR",    "VT_LPWSTR",  nullptr,      nullptr,      nullptr,
      nullptr,      "VT_RECORD",      "VT_INT_PTR",  "VT_UINT_PTR"};
  std::string name;
  if (type & VT_BYREF) name += "VT_BYREF|";
  if (type & VT_ARRAY) name += "VT_ARRAY|";
  if (type & VT_VECTOR) name += "VT_VECTOR|";
  const unsigned base = type & VT_TYPEMASK;
  const char* const known = base < kNames.size() ? kNames[base] : nullptr;
  name += known ? known : "VT_" + std::to_string(base);
  return name + " (" + std::to_string(type) + ")";
}

}  // namespace com_cancel
