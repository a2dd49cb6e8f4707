// Tests of the conversions between VARIANTs and Values, with oleaut32: each type in both directions, without
// leaks.
//
// A program without Node. Prints a line for each check. The exit code is 1 when one failed.
#include "automation/variant.h"
#include "automation/arguments.h"
#include "automation/put_through.h"
#include "automation/scalar_codecs.h"

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <limits>
#include <type_traits>
#include <utility>

namespace com_cancel {

// Unlike that of the addon, this Pointer holds its interface pointer itself.
class Pointer {
 public:
  explicit Pointer(IUnknown* object) : object_(object) { object_->AddRef(); }
  ~Pointer() { object_->Release(); }
  Pointer(const Pointer&) = delete;
  Pointer& operator=(const Pointer&) = delete;

  IUnknown* object() const { return object_; }

 private:
  IUnknown* const object_;
};

namespace {

int checks = 0;
int failures = 0;
// While the allocation spy is registered.
bool watched = false;

void Expect(bool passed, const char* name) {
  ++checks;
  if (!passed) ++failures;
  std::printf("%s %s\n", passed ? "ok    " : "FAILED", name);
}

void ExpectResult(HRESULT actual, HRESULT expected, const char* name) {
  Expect(actual == expected, name);
  if (actual != expected) {
    std::printf("       0x%08lX instead of 0x%08lX\n", static_cast<unsigned long>(actual),
                static_cast<unsigned long>(expected));
  }
}

class FakeDispatch final : public IDispatch {
 public:
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    const bool known = iid == __uuidof(IUnknown) || iid == __uuidof(IDispatch);
    *object = known ? static_cast<IDispatch*>(this) : nullptr;
    if (!known) return E_NOINTERFACE;
    AddRef();
    return S_OK;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return ++references; }
  ULONG STDMETHODCALLTYPE Release() override {
    if (references == 0) Expect(false, "a reference released twice");
    return --references;
  }
  HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT*) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT, LCID, ITypeInfo**) override { return E_NOTIMPL; }
  HRESULT STDMETHODCALLTYPE GetIDsOfNames(REFIID, LPOLESTR*, UINT, LCID, DISPID*) override {
    return E_NOTIMPL;
  }
  HRESULT STDMETHODCALLTYPE Invoke(DISPID, REFIID, LCID, WORD, DISPPARAMS*, VARIANT*, EXCEPINFO*,
                                   UINT*) override {
    return E_NOTIMPL;
  }

  ULONG references = 0;
};

// Counts the blocks of COM's allocator, which BSTRs and SAFEARRAYs use; a spy sees it under Wine.
class AllocationSpy final : public IMallocSpy {
 public:
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
    const bool known = iid == __uuidof(IUnknown) || iid == IID_IMallocSpy;
    *object = known ? static_cast<IMallocSpy*>(this) : nullptr;
    return known ? S_OK : E_NOINTERFACE;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
  ULONG STDMETHODCALLTYPE Release() override { return 1; }
  SIZE_T STDMETHODCALLTYPE PreAlloc(SIZE_T size) override { return size; }
  void* STDMETHODCALLTYPE PostAlloc(void* block) override {
    if (block) {
      ++alive;
      ++made;
    }
    return block;
  }
  void* STDMETHODCALLTYPE PreFree(void* block, BOOL) override {
    if (block) --alive;
    return block;
  }
  void STDMETHODCALLTYPE PostFree(BOOL) override {}
  SIZE_T STDMETHODCALLTYPE PreRealloc(void* block, SIZE_T size, void** next, BOOL) override {
    if (!block) ++alive;
    *next = block;
    return size;
  }
  void* STDMETHODCALLTYPE PostRealloc(void* block, BOOL) override { return block; }
  void* STDMETHODCALLTYPE PreGetSize(void* block, BOOL) override { return block; }
  SIZE_T STDMETHODCALLTYPE PostGetSize(SIZE_T size, BOOL) override { return size; }
  void* STDMETHODCALLTYPE PreDidAlloc(void* block, BOOL) override { return block; }
  int STDMETHODCALLTYPE PostDidAlloc(void*, BOOL, int result) override { return result; }
  void STDMETHODCALLTYPE PreHeapMinimize() override {}
  void STDMETHODCALLTYPE PostHeapMinimize() override {}

  std::atomic<long> alive{0};
  std::atomic<long> made{0};
};

FakeDispatch fake;
AllocationSpy spy;

const PointerConversion pointers = {
    [](const std::shared_ptr<Pointer>& pointer, REFIID wanted, IUnknown** object) {
      return pointer->object()->QueryInterface(wanted, reinterpret_cast<void**>(object));
    },
    [](IUnknown* object) { return std::make_shared<Pointer>(object); }};

std::shared_ptr<Pointer> Share() { return std::make_shared<Pointer>(&fake); }

// NaN equals itself, and -0 does not equal 0.
bool Same(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}
bool Same(bool a, bool b) { return a == b; }
bool Same(std::int64_t a, std::int64_t b) { return a == b; }
bool Same(std::uint64_t a, std::uint64_t b) { return a == b; }
bool Same(std::monostate, std::monostate) { return true; }
bool Same(const Text& a, const Text& b) { return a == b; }
bool Same(const Decimal& a, const Decimal& b) {
  return a.low == b.low && a.high == b.high && a.scale == b.scale && a.negative == b.negative;
}
bool Same(const std::shared_ptr<Pointer>& a, const std::shared_ptr<Pointer>& b) {
  return a && b ? a->object() == b->object() : a == b;
}
bool Same(const Value& a, const Value& b);
bool Same(const Block& a, const Block& b) {
  return a.size() == b.size() && (a.size() == 0 || std::memcmp(a.data(), b.data(), a.size()) == 0);
}
template <typename Element>
bool Same(const std::vector<Element>& a, const std::vector<Element>& b);
bool Same(const Cells& a, const Cells& b) {
  return Same(a.types, b.types) && Same(a.slots, b.slots) && a.wide == b.wide && Same(a.text, b.text) &&
         Same(a.others, b.others);
}
template <typename Element>
bool Same(const std::vector<Element>& a, const std::vector<Element>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Element& left = a[i];
    const Element& right = b[i];
    if (!Same(left, right)) return false;
  }
  return true;
}
template <typename... Kinds>
bool Same(const std::variant<Kinds...>& a, const std::variant<Kinds...>& b);
bool Same(const std::shared_ptr<const Array>& a, const std::shared_ptr<const Array>& b) {
  if (a->element != b->element || a->dimensions.size() != b->dimensions.size()) return false;
  for (std::size_t i = 0; i < a->dimensions.size(); ++i) {
    if (a->dimensions[i].length != b->dimensions[i].length ||
        a->dimensions[i].lower != b->dimensions[i].lower)
      return false;
  }
  return Same(a->elements, b->elements);
}
template <typename... Kinds>
bool Same(const std::variant<Kinds...>& a, const std::variant<Kinds...>& b) {
  if (a.index() != b.index()) return false;
  return std::visit([&](const auto& left) { return Same(left, std::get<std::decay_t<decltype(left)>>(b)); },
                    a);
}
bool Same(const Value& a, const Value& b) {
  return a.type == b.type && a.by_ref == b.by_ref && Same(a.data, b.data);
}

template <typename Kept>
Value Scalar(ValueType type, Kept kept, ByReference by_ref = ByReference::kNo) {
  Value value;
  value.type = type;
  value.data.emplace<Kept>(std::move(kept));
  value.by_ref = by_ref;
  return value;
}
Value Integer(ValueType type, std::int64_t kept) { return Scalar<std::int64_t>(type, kept); }
Value String(Text text) { return Scalar<Text>(ValueType::kBstr, std::move(text)); }
Value Bare(ValueType type) {
  Value value;
  value.type = type;
  return value;
}
// Numbers as the Block of their type.
template <typename Kept>
Block BlockOf(ValueType element, const std::vector<Kept>& numbers) {
  Block block;
  WithScalarCodec(kVartypes[static_cast<std::size_t>(element)], S_FALSE, [&]([[maybe_unused]] auto codec) {
    using Codec = decltype(codec);
    if constexpr (kIsNumber<Codec>) {
      using Cell = typename Codec::Cell;
      block = Block(numbers.size() * sizeof(Cell));
      for (std::size_t i = 0; i < numbers.size(); ++i)
        Store(static_cast<Cell>(numbers[i]), block.data() + i * sizeof(Cell));
    }
    return S_OK;
  });
  return block;
}
template <typename Kept>
Value List(ValueType element, std::vector<Kept> elements, std::int32_t lower = 0) {
  Array array;
  array.element = element;
  array.dimensions = {{static_cast<std::uint32_t>(elements.size()), lower}};
  if constexpr (std::is_arithmetic_v<Kept> && !std::is_same_v<Kept, bool>)
    array.elements = BlockOf(element, elements);
  else
    array.elements = std::move(elements);
  return ValueOf(std::move(array));
}
const Array& ArrayIn(const Value& value) { return *std::get<std::shared_ptr<const Array>>(value.data); }

void RoundTrip(const Value& value, VARTYPE vartype, const char* name) {
  OwnedVariant variant;
  HRESULT hr = ToVariant(value, pointers, variant.Receive());
  Value back;
  if (SUCCEEDED(hr)) hr = FromVariant(variant.get(), pointers, &back);
  Expect(SUCCEEDED(hr) && V_VT(&variant.get()) == vartype && Same(value, back), name);

  // By reference: a variable that was not assigned comes back unchanged.
  Arguments arguments(1);
  Value reference = value;
  reference.by_ref = ByReference::kValue;
  hr = arguments.Set(0, reference, pointers);
  const int expected = vartype == VT_EMPTY || vartype == VT_NULL ? int{VT_VARIANT} : int{vartype};
  const bool missing = value.type == ValueType::kMissing;
  bool passed = SUCCEEDED(hr) && arguments.by_ref(0) == !missing &&
                V_VT(arguments.data()) == (missing ? int{VT_ERROR} : VT_BYREF | expected);
  Value incoming;
  hr = FromVariant(*arguments.data(), pointers, &incoming);
  passed = passed && SUCCEEDED(hr) && (incoming.by_ref != ByReference::kNo) == !missing;
  incoming.by_ref = ByReference::kNo;
  passed = passed && Same(value, incoming);
  hr = arguments.Get(0, pointers, &back);
  Expect(passed && SUCCEEDED(hr) && Same(value, back), (std::string(name) + ", by reference").c_str());
}

constexpr std::int64_t kLeast64 = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kGreatest64 = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kGreatestU64 = std::numeric_limits<std::uint64_t>::max();
const double kNaN = std::numeric_limits<double>::quiet_NaN();

// Embedded NULs, a surrogate pair, lone surrogates, a NUL at the end.
const std::u16string kOddText(u"a\0b\xD83D\xDE00\xDC00x\xD800\0", 9);

struct Named {
  ValueType type;
  VARTYPE vartype;
  std::int64_t least;
  std::int64_t greatest;
};
constexpr Named kIntegers[] = {
    {ValueType::kI1, VT_I1, -128, 127},
    {ValueType::kUi1, VT_UI1, 0, 255},
    {ValueType::kI2, VT_I2, -32768, 32767},
    {ValueType::kUi2, VT_UI2, 0, 65535},
    {ValueType::kI4, VT_I4, -2147483647 - 1, 2147483647},
    {ValueType::kUi4, VT_UI4, 0, 4294967295},
    {ValueType::kInt, VT_INT, -2147483647 - 1, 2147483647},
    {ValueType::kUint, VT_UINT, 0, 4294967295},
    {ValueType::kI8, VT_I8, kLeast64, kGreatest64},
    {ValueType::kCy, VT_CY, kLeast64, kGreatest64},
    {ValueType::kError, VT_ERROR, E_FAIL, 2147483647},
};

void Scalars() {
  RoundTrip(Bare(ValueType::kEmpty), VT_EMPTY, "empty");
  RoundTrip(Bare(ValueType::kNull), VT_NULL, "null");
  RoundTrip(Bare(ValueType::kMissing), VT_ERROR, "missing");
  RoundTrip(Scalar(ValueType::kBool, true), VT_BOOL, "bool true");
  RoundTrip(Scalar(ValueType::kBool, false), VT_BOOL, "bool false");
  for (const Named& named : kIntegers) {
    const std::string name = NameOf(named.type);
    RoundTrip(Integer(named.type, named.least), named.vartype, (name + ", the least").c_str());
    RoundTrip(Integer(named.type, named.greatest), named.vartype, (name + ", the greatest").c_str());
  }
  RoundTrip(Scalar(ValueType::kUi8, kGreatestU64), VT_UI8, "ui8, the greatest");
  RoundTrip(Scalar(ValueType::kR4, 0.5), VT_R4, "r4");
  RoundTrip(Scalar(ValueType::kR4, -std::numeric_limits<double>::infinity()), VT_R4, "r4 -Infinity");
  RoundTrip(Scalar(ValueType::kR8, kNaN), VT_R8, "r8 NaN");
  RoundTrip(Scalar(ValueType::kR8, -0.0), VT_R8, "r8 -0");
  RoundTrip(Scalar(ValueType::kDate, 45292.75), VT_DATE, "date");
  RoundTrip(Scalar(ValueType::kDate, 1e300), VT_DATE, "date of no calendar");
  RoundTrip(Scalar(ValueType::kDecimal, Decimal{kGreatestU64, 0xFFFFFFFF, 28, true}), VT_DECIMAL,
            "decimal, the greatest");
  RoundTrip(Scalar(ValueType::kDecimal, Decimal{}), VT_DECIMAL, "decimal 0");
  RoundTrip(String(std::u16string(u"text")), VT_BSTR, "bstr");
  RoundTrip(String(std::u16string()), VT_BSTR, "bstr, empty");
  RoundTrip(String(std::nullopt), VT_BSTR, "bstr, NULL");
  RoundTrip(String(kOddText), VT_BSTR, "bstr with NULs and lone surrogates");
  RoundTrip(String(std::u16string(100000, u'\xD800')), VT_BSTR, "bstr, long");
  RoundTrip(Scalar(ValueType::kDispatch, Share()), VT_DISPATCH, "dispatch");
  RoundTrip(Scalar(ValueType::kUnknown, Share()), VT_UNKNOWN, "unknown");
  RoundTrip(Scalar(ValueType::kDispatch, std::shared_ptr<Pointer>()), VT_DISPATCH, "dispatch, null");
  RoundTrip(Scalar(ValueType::kUnknown, std::shared_ptr<Pointer>()), VT_UNKNOWN, "unknown, null");

  OwnedVariant variant;
  ToVariant(String(std::nullopt), pointers, variant.Receive());
  Expect(V_BSTR(&variant.get()) == nullptr, "a NULL BSTR is NULL");
  ToVariant(String(std::u16string()), pointers, variant.Receive());
  Expect(V_BSTR(&variant.get()) && SysStringLen(V_BSTR(&variant.get())) == 0, "an empty BSTR is not NULL");
  ToVariant(String(kOddText), pointers, variant.Receive());
  Expect(SysStringLen(V_BSTR(&variant.get())) == 9, "a BSTR has its length");
  ToVariant(Scalar(ValueType::kBool, true), pointers, variant.Receive());
  Expect(V_BOOL(&variant.get()) == VARIANT_TRUE, "true is VARIANT_TRUE");
  ToVariant(Bare(ValueType::kMissing), pointers, variant.Receive());
  Expect(V_ERROR(&variant.get()) == DISP_E_PARAMNOTFOUND, "missing is DISP_E_PARAMNOTFOUND");
  ToVariant(Integer(ValueType::kCy, 12345), pointers, variant.Receive());
  Expect(V_CY(&variant.get()).int64 == 12345, "currency counts ten-thousandths");
  ToVariant(Scalar(ValueType::kDecimal, Decimal{12345, 1, 3, true}), pointers, variant.Receive());
  const DECIMAL& decimal = V_DECIMAL(&variant.get());
  Expect(decimal.Lo64 == 12345 && decimal.Hi32 == 1 && decimal.scale == 3 && decimal.sign == DECIMAL_NEG,
         "a DECIMAL has its parts");
}

template <typename Kept>
void RoundTripLists(ValueType type, VARTYPE vartype, std::initializer_list<Kept> elements) {
  const std::string name = std::string("array of ") + NameOf(type);
  const auto array = static_cast<VARTYPE>(VT_ARRAY | vartype);
  RoundTrip(List<Kept>(type, elements, -7), array, name.c_str());
  RoundTrip(List<Kept>(type, {}), array, (name + ", empty").c_str());
  // Nested: in an array of VARIANTs.
  RoundTrip(List<Value>(ValueType::kVariant, {List<Kept>(type, elements), Bare(ValueType::kNull)}),
            VT_ARRAY | VT_VARIANT, (name + ", nested").c_str());
}

void Arrays() {
  RoundTripLists<bool>(ValueType::kBool, VT_BOOL, {true, false, true});
  for (const Named& named : kIntegers)
    RoundTripLists<std::int64_t>(named.type, named.vartype, {named.least, 0, named.greatest});
  RoundTripLists<std::uint64_t>(ValueType::kUi8, VT_UI8, {0, kGreatestU64});
  RoundTripLists<double>(ValueType::kR4, VT_R4, {0.25, -1.5});
  RoundTripLists<double>(ValueType::kR8, VT_R8, {kNaN, 0.1, -0.0});
  RoundTripLists<double>(ValueType::kDate, VT_DATE, {-657434, 2958465.99});
  RoundTripLists<Decimal>(ValueType::kDecimal, VT_DECIMAL,
                          {Decimal{1, 2, 3, true}, Decimal{}, Decimal{kGreatestU64, 7, 28, false}});
  RoundTripLists<Text>(ValueType::kBstr, VT_BSTR, {kOddText, std::nullopt, std::u16string(), u"z"});
  RoundTripLists<std::shared_ptr<Pointer>>(ValueType::kDispatch, VT_DISPATCH, {Share(), nullptr, Share()});
  RoundTripLists<std::shared_ptr<Pointer>>(ValueType::kUnknown, VT_UNKNOWN, {nullptr, Share()});
  RoundTripLists<Value>(
      ValueType::kVariant, VT_VARIANT,
      {Bare(ValueType::kEmpty), Bare(ValueType::kNull), Bare(ValueType::kMissing), Integer(ValueType::kI4, 5),
       String(kOddText), Scalar(ValueType::kDecimal, Decimal{1, 2, 3, true}),
       Scalar(ValueType::kDispatch, Share()), List<Text>(ValueType::kBstr, {u"x", std::nullopt})});
}

void ElementOrder() {
  // a[i][j][k] with i in -1..0, j in 10..12, k in 0..3 is 100 * i + 10 * j + k.
  Array array;
  array.element = ValueType::kI4;
  array.dimensions = {{2, -1}, {3, 10}, {4, 0}};
  std::vector<std::int64_t> elements;
  for (int i = -1; i <= 0; ++i) {
    for (int j = 10; j <= 12; ++j) {
      for (int k = 0; k <= 3; ++k) elements.push_back(100 * i + 10 * j + k);
    }
  }
  array.elements = BlockOf(ValueType::kI4, elements);
  const Value value = ValueOf(std::move(array));
  OwnedVariant variant;
  ExpectResult(ToVariant(value, pointers, variant.Receive()), S_OK, "an array of three dimensions");
  SAFEARRAY* const made = V_ARRAY(&variant.get());
  LONG lower = 0;
  LONG upper = 0;
  bool bounds = SafeArrayGetDim(made) == 3;
  const LONG expected[3][2] = {{-1, 0}, {10, 12}, {0, 3}};
  for (UINT dimension = 1; dimension <= 3; ++dimension) {
    bounds = bounds && SUCCEEDED(SafeArrayGetLBound(made, dimension, &lower)) &&
             SUCCEEDED(SafeArrayGetUBound(made, dimension, &upper)) && lower == expected[dimension - 1][0] &&
             upper == expected[dimension - 1][1];
  }
  Expect(bounds, "its bounds are those of the dimensions, first to last");
  bool order = true;
  for (LONG i = -1; i <= 0; ++i) {
    for (LONG j = 10; j <= 12; ++j) {
      for (LONG k = 0; k <= 3; ++k) {
        LONG index[] = {i, j, k};
        LONG element = 0;
        order =
            order && SUCCEEDED(SafeArrayGetElement(made, index, &element)) && element == 100 * i + 10 * j + k;
      }
    }
  }
  Expect(order, "SafeArrayGetElement finds each element at its indices");
  Value back;
  FromVariant(variant.get(), pointers, &back);
  Expect(Same(value, back), "and they come back in order");

  // The opposite direction: created by oleaut32, read by FromVariant.
  SAFEARRAYBOUND grid[] = {{2, 5}, {3, -3}};
  OwnedVariant strings;
  VARIANT* const filled = strings.Receive();
  V_ARRAY(filled) = SafeArrayCreate(VT_BSTR, 2, grid);
  V_VT(filled) = VT_ARRAY | VT_BSTR;
  for (LONG i = 5; i < 7; ++i) {
    for (LONG j = -3; j < 0; ++j) {
      const wchar_t text[] = {static_cast<wchar_t>(L'0' + i), static_cast<wchar_t>(L'0' - j), 0};
      const BSTR string = SysAllocString(text);
      LONG index[] = {i, j};
      SafeArrayPutElement(V_ARRAY(filled), index, string);
      SysFreeString(string);
    }
  }
  FromVariant(strings.get(), pointers, &back);
  const Array& read = ArrayIn(back);
  Expect(Same(read.elements, Array::Elements(std::vector<Text>{u"53", u"52", u"51", u"63", u"62", u"61"})) &&
             read.dimensions[0].lower == 5 && read.dimensions[1].lower == -3,
         "an array of oleaut32's is read with its last dimension varying fastest");

  Array deep;
  deep.element = ValueType::kUi1;
  deep.dimensions.assign(kMaxDimensions, {1, 1});
  deep.dimensions[3].length = 2;
  deep.dimensions[59].length = 3;
  deep.elements = BlockOf<std::int64_t>(ValueType::kUi1, {1, 2, 3, 4, 5, 6});
  RoundTrip(ValueOf(std::move(deep)), VT_ARRAY | VT_UI1, "an array of 60 dimensions");
  Array hollow;
  hollow.element = ValueType::kBstr;
  hollow.dimensions = {{3, 0}, {0, 1}, {2, 0}};
  hollow.elements = std::vector<Text>();
  RoundTrip(ValueOf(std::move(hollow)), VT_ARRAY | VT_BSTR, "an array with a dimension without length");
}

// Values of every type, the first ones again and again.
std::vector<Value> MixedValues(std::size_t count) {
  const std::vector<Value> kinds = {
      Bare(ValueType::kEmpty),
      Bare(ValueType::kNull),
      Bare(ValueType::kMissing),
      Scalar(ValueType::kBool, true),
      Scalar(ValueType::kBool, false),
      Integer(ValueType::kI1, -128),
      Integer(ValueType::kUi1, 255),
      Integer(ValueType::kI2, -32768),
      Integer(ValueType::kUi2, 65535),
      Integer(ValueType::kI4, -2147483647 - 1),
      Integer(ValueType::kUi4, 4294967295),
      Integer(ValueType::kInt, -5),
      Integer(ValueType::kUint, 5),
      Integer(ValueType::kI8, kLeast64),
      Scalar(ValueType::kUi8, kGreatestU64),
      Scalar(ValueType::kR4, 0.5),
      Scalar(ValueType::kR8, -0.0),
      Scalar(ValueType::kR8, kNaN),
      Integer(ValueType::kCy, kGreatest64),
      Scalar(ValueType::kDecimal, Decimal{1, 2, 3, true}),
      Scalar(ValueType::kDate, 45292.75),
      String(std::u16string(u"text")),
      String(std::u16string()),
      String(std::nullopt),
      Integer(ValueType::kError, E_FAIL),
      Scalar(ValueType::kDispatch, Share()),
      Scalar(ValueType::kUnknown, std::shared_ptr<Pointer>()),
      List<Text>(ValueType::kBstr, {u"x", std::nullopt}),
  };
  std::vector<Value> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(kinds[i % kinds.size()]);
  return values;
}

Value Grid(std::uint32_t rows, std::uint32_t columns, std::vector<Value> values) {
  return ValueOf({ValueType::kVariant, {{rows, 1}, {columns, 1}}, std::move(values)});
}

// A large array of VARIANTs is read as Cells, which make the same array.
void LargeArrays() {
  constexpr std::uint32_t kRows = 40;
  constexpr std::uint32_t kColumns = 30;
  for (const bool wide : {false, true}) {
    std::vector<Value> values = MixedValues(std::size_t{kRows} * kColumns);
    if (wide) values[77] = String(kOddText);
    OwnedVariant first;
    ExpectResult(ToVariant(Grid(kRows, kColumns, values), pointers, first.Receive()), S_OK, "a large array");
    Value read;
    ExpectResult(FromVariant(first.get(), pointers, &read), S_OK, "a large array is read");
    const auto* const cells = std::get_if<Cells>(&ArrayIn(read).elements);
    Expect(cells && cells->wide == wide, "as cells, whose text is Latin-1 if it can be");
    OwnedVariant second;
    ExpectResult(ToVariant(read, pointers, second.Receive()), S_OK, "cells become an array");
    bool same = true;
    for (std::uint32_t i = 0; i < kRows * kColumns; ++i) {
      LONG index[] = {static_cast<LONG>(1 + i / kColumns), static_cast<LONG>(1 + i % kColumns)};
      // Not a copy, in which a NULL BSTR may be an empty one.
      void* element = nullptr;
      Value value;
      same = same && SUCCEEDED(SafeArrayPtrOfIndex(V_ARRAY(&second.get()), index, &element)) &&
             SUCCEEDED(FromVariant(*static_cast<const VARIANT*>(element), pointers, &value)) &&
             Same(value, values[i]);
    }
    Expect(same, "of the same elements");
    RoundTrip(read, VT_ARRAY | VT_VARIANT, "cells");
  }
  OwnedVariant small;
  Value read;
  ToVariant(Grid(1, kCellsFrom - 1, MixedValues(kCellsFrom - 1)), pointers, small.Receive());
  FromVariant(small.get(), pointers, &read);
  Expect(std::holds_alternative<std::vector<Value>>(ArrayIn(read).elements), "a smaller one as values");
}

void BadCells() {
  const auto with = [](std::uint8_t type, auto slot) {
    Cells cells;
    cells.types = Block(1);
    cells.types.data()[0] = type;
    cells.slots = Block(8);
    Store(slot, cells.slots.data());
    cells.text = Block(3);
    return ValueOf({ValueType::kVariant, {{1, 0}}, std::move(cells)});
  };
  const auto code = [](ValueType type) { return static_cast<std::uint8_t>(type); };
  const std::pair<Value, const char*> cases[] = {
      {with(Cells::kOther, 0.0), "an element in no list"},
      {with(Cells::kOther, kNaN), "an element at no index"},
      {with(code(ValueType::kVariant), 0.0), "an element of type variant"},
      {with(code(ValueType::kDecimal), 0.0), "a decimal without a value"},
      {with(code(ValueType::kDispatch), 0.0), "a pointer without a value"},
      {with(99, 0.0), "an element of no type"},
      {with(code(ValueType::kUi1), 256.0), "an integer out of range"},
      {with(code(ValueType::kI4), 0.5), "an integer with a fraction"},
      {with(code(ValueType::kI2), kNaN), "an integer that is no number"},
      {with(code(ValueType::kBstr), Cells::Span{2, 2}), "a string longer than the text"},
      {with(code(ValueType::kBstr), Cells::Span{4, 0}), "a string after the text"},
  };
  for (const auto& [value, name] : cases) {
    OwnedVariant variant;
    ExpectResult(ToVariant(value, pointers, variant.Receive()), E_INVALIDARG, name);
    Expect(V_VT(&variant.get()) == VT_EMPTY, "leaves nothing");
  }
  OwnedVariant variant;
  Cells none;
  ExpectResult(ToVariant(ValueOf({ValueType::kVariant, {{1, 0}}, none}), pointers, variant.Receive()),
               E_INVALIDARG, "cells without elements");
}

void Nesting() {
  Value nested = Integer(ValueType::kI4, 1);
  for (unsigned level = 1; level < kMaxDepth; ++level) nested = List<Value>(ValueType::kVariant, {nested});
  RoundTrip(nested, VT_ARRAY | VT_VARIANT, "arrays as deep as may be");

  OwnedVariant variant;
  nested = List<Value>(ValueType::kVariant, {nested});
  ExpectResult(ToVariant(nested, pointers, variant.Receive()), DISP_E_OVERFLOW, "arrays too deep");
  Expect(V_VT(&variant.get()) == VT_EMPTY, "and nothing is left of them");

  // With the allocation spy, millions of allocations would take minutes.
  if (!watched) {
    Value many = List<std::int64_t>(ValueType::kI4, {1, 2});
    for (int level = 0; level < 60; ++level) many = List<Value>(ValueType::kVariant, {many, many});
    ExpectResult(ToVariant(many, pointers, variant.Receive()), DISP_E_OVERFLOW, "arrays of too many in all");
  }

  // An element that refers to the array that contains it.
  SAFEARRAY* cyclic = SafeArrayCreateVector(VT_VARIANT, 0, 3);
  VARIANT* elements = nullptr;
  SafeArrayAccessData(cyclic, reinterpret_cast<void**>(&elements));
  for (int i = 0; i < 3; ++i) {
    V_VT(&elements[i]) = VT_BYREF | VT_ARRAY | VT_VARIANT;
    V_ARRAYREF(&elements[i]) = &cyclic;
  }
  SafeArrayUnaccessData(cyclic);
  VARIANT reference;
  V_VT(&reference) = VT_ARRAY | VT_VARIANT;
  V_ARRAY(&reference) = cyclic;
  Value read = Integer(ValueType::kI4, 1);
  ExpectResult(FromVariant(reference, pointers, &read), DISP_E_OVERFLOW, "a cyclic array");
  Expect(read.type == ValueType::kEmpty, "and the value is empty");
  Expect(cyclic->cLocks == 0, "and it is unlocked");
  SafeArrayDestroy(cyclic);

  VARIANT itself;
  V_VT(&itself) = VT_BYREF | VT_VARIANT;
  V_VARIANTREF(&itself) = &itself;
  ExpectResult(FromVariant(itself, pointers, &read), DISP_E_OVERFLOW, "a VARIANT that refers to itself");
  ExpectResult(PutThrough(itself, Integer(ValueType::kI4, 1), pointers), DISP_E_OVERFLOW, "or is written to");
}

void Refusals() {
  struct Case {
    VARTYPE vartype;
    const char* name;
  };
  const Case cases[] = {{VT_RECORD, "VT_RECORD (36)"},
                        {VT_PTR, "VT_PTR (26)"},
                        {VT_VARIANT, "VT_VARIANT (12)"},
                        {15, "VT_15 (15)"},
                        {VT_BYREF, "VT_BYREF|VT_EMPTY (16384)"},
                        {VT_BYREF | VT_RECORD, "VT_BYREF|VT_RECORD (16420)"},
                        {VT_ARRAY, "VT_ARRAY|VT_EMPTY (8192)"},
                        {VT_ARRAY | VT_LPSTR, "VT_ARRAY|VT_LPSTR (8222)"},
                        {VT_VECTOR | VT_I4, "VT_VECTOR|VT_I4 (4099)"},
                        {0x8003, "VT_I4 (32771)"}};
  LONG number = 0;
  for (const Case& refused : cases) {
    VARIANT variant{};
    V_VT(&variant) = refused.vartype;
    if (!(refused.vartype & VT_ARRAY)) V_BYREF(&variant) = &number;
    RefusedType named;
    Value value;
    const HRESULT hr = FromVariant(variant, pointers, &value, &named);
    Expect(hr == DISP_E_BADVARTYPE && named.vartype == refused.vartype && named.record.empty() &&
               NameOfVartype(named.vartype) == refused.name,
           refused.name);
  }
  // A type that is refused is reported also when it is nested deeply.
  SAFEARRAY* const array = SafeArrayCreateVector(VT_VARIANT, 0, 2);
  VARIANT* elements = nullptr;
  SafeArrayAccessData(array, reinterpret_cast<void**>(&elements));
  V_VT(&elements[1]) = VT_PTR;
  VARIANT variant{};
  V_VT(&variant) = VT_ARRAY | VT_VARIANT;
  V_ARRAY(&variant) = array;
  RefusedType named;
  Value value;
  ExpectResult(FromVariant(variant, pointers, &value, &named), DISP_E_BADVARTYPE, "an element of no type");
  Expect(named.vartype == VT_PTR, "is the one that is named");
  V_VT(&elements[1]) = VT_EMPTY;
  SafeArrayUnaccessData(array);

  // The element type of the array is used, not that of its VARIANT.
  V_VT(&variant) = VT_ARRAY | VT_BSTR;
  ExpectResult(FromVariant(variant, pointers, &value), S_OK, "an array with the wrong type in its VARIANT");
  Expect(ArrayIn(value).element == ValueType::kVariant, "is what it is");
  SafeArrayDestroy(array);

  V_ARRAY(&variant) = nullptr;
  ExpectResult(FromVariant(variant, pointers, &value), S_OK, "an array that was never allocated");
  Expect(ArrayIn(value).element == ValueType::kBstr && ArrayIn(value).dimensions.size() == 1 &&
             ArrayIn(value).dimensions[0].length == 0,
         "has no elements");
  SAFEARRAY* bare = nullptr;
  SafeArrayAllocDescriptor(1, &bare);
  bare->cbElements = 4;
  bare->rgsabound[0] = {3, 0};
  V_VT(&variant) = VT_ARRAY | VT_I4;
  V_ARRAY(&variant) = bare;
  Expect(FAILED(FromVariant(variant, pointers, &value)), "an array with lengths and without data");
  V_VT(&variant) = VT_ARRAY | VT_I8;
  Expect(FAILED(FromVariant(variant, pointers, &value)), "an array with elements of another size");
  bare->rgsabound[0] = {0xFFFFFFFF, 0};
  Expect(FAILED(FromVariant(variant, pointers, &value)), "an array larger than memory");
  SafeArrayDestroyDescriptor(bare);
  V_VT(&variant) = VT_BYREF | VT_I4;
  V_BYREF(&variant) = nullptr;
  ExpectResult(FromVariant(variant, pointers, &value), E_POINTER, "a reference to nothing");
  V_VT(&variant) = VT_DECIMAL;
  V_DECIMAL(&variant).scale = 29;
  ExpectResult(FromVariant(variant, pointers, &value), E_INVALIDARG, "a DECIMAL with a scale of 29");

  OwnedVariant made;
  VARIANT* const out = made.Receive();
  ExpectResult(ToVariant(Bare(ValueType::kI4), pointers, out), E_INVALIDARG, "a value without data");
  ExpectResult(ToVariant(Scalar(ValueType::kI4, 1.5), pointers, out), E_INVALIDARG, "a value of other data");
  ExpectResult(ToVariant(Bare(ValueType::kArray), pointers, out), E_INVALIDARG, "an array without data");
  ExpectResult(ToVariant(Bare(ValueType::kVariant), pointers, out), E_INVALIDARG, "a value of type variant");
  ExpectResult(ToVariant(Scalar(ValueType::kDecimal, Decimal{1, 0, 29, false}), pointers, out), E_INVALIDARG,
               "a decimal with a scale of 29");
  for (const ValueType type : {ValueType::kEmpty, ValueType::kNull, ValueType::kMissing}) {
    named = {};
    const HRESULT hr = ToVariant(List<std::int64_t>(type, {1}), pointers, out, &named);
    Expect(hr == DISP_E_BADVARTYPE && (named.vartype & VT_ARRAY),
           (std::string("an array of ") + NameOf(type)).c_str());
  }
  Array few;
  few.element = ValueType::kI4;
  few.dimensions = {{3, 0}};
  few.elements = BlockOf<std::int64_t>(ValueType::kI4, {1, 2});
  ExpectResult(ToVariant(ValueOf(few), pointers, out), E_INVALIDARG, "an array with an element too few");
  few.dimensions.assign(61, {1, 0});
  few.elements = BlockOf<std::int64_t>(ValueType::kI4, {1});
  ExpectResult(ToVariant(ValueOf(few), pointers, out), E_INVALIDARG, "an array of 61 dimensions");
  few.dimensions.assign(3, {0xFFFFFFFF, 0});
  ExpectResult(ToVariant(ValueOf(few), pointers, out), E_INVALIDARG, "an array of too many elements");
  few.dimensions.clear();
  ExpectResult(ToVariant(ValueOf(few), pointers, out), E_INVALIDARG, "an array without dimensions");
  few.dimensions = {{1, 0}};
  few.elements = BlockOf<double>(ValueType::kR8, {1});
  ExpectResult(ToVariant(ValueOf(few), pointers, out), E_INVALIDARG, "an array of other data");
  Expect(V_VT(out) == VT_EMPTY, "after a failure the VARIANT is empty");
}

void FailingPointers() {
  // The third one fails, after two references were taken.
  int resolved = 0;
  PointerConversion failing = pointers;
  failing.resolve = [&](const std::shared_ptr<Pointer>& pointer, REFIID wanted, IUnknown** object) {
    if (++resolved == 3) return RPC_E_DISCONNECTED;
    return pointers.resolve(pointer, wanted, object);
  };
  const Value list =
      List<std::shared_ptr<Pointer>>(ValueType::kDispatch, {Share(), Share(), Share(), Share()});
  OwnedVariant variant;
  ExpectResult(ToVariant(list, failing, variant.Receive()), RPC_E_DISCONNECTED, "a pointer that isn't there");
  failing.resolve = [&](const std::shared_ptr<Pointer>&, REFIID, IUnknown**) -> HRESULT {
    throw std::bad_alloc();
  };
  ExpectResult(ToVariant(list, failing, variant.Receive()), E_OUTOFMEMORY, "no memory for a pointer");
  ToVariant(list, pointers, variant.Receive());
  failing.hold = [](IUnknown*) -> std::shared_ptr<Pointer> { throw std::bad_alloc(); };
  Value value;
  ExpectResult(FromVariant(variant.get(), failing, &value), E_OUTOFMEMORY, "no memory for a pointer read");
  Expect(V_ARRAY(&variant.get())->cLocks == 0, "and the array is unlocked");
  IID requested{};
  failing.resolve = [&](const std::shared_ptr<Pointer>& pointer, REFIID wanted, IUnknown** object) {
    requested = wanted;
    return pointers.resolve(pointer, wanted, object);
  };
  ToVariant(Scalar(ValueType::kDispatch, Share()), failing, variant.Receive());
  Expect(requested == __uuidof(IDispatch), "a dispatch is resolved as IDispatch");
  ToVariant(Scalar(ValueType::kUnknown, Share()), failing, variant.Receive());
  Expect(requested == __uuidof(IUnknown), "an unknown is resolved as IUnknown");
}

// Assignments of a server to by-reference arguments.
void References() {
  Arguments arguments(8);
  Value values[] = {Integer(ValueType::kI2, 1),
                    String(std::u16string(u"before")),
                    Scalar(ValueType::kDispatch, Share()),
                    Bare(ValueType::kEmpty),
                    List<Text>(ValueType::kBstr, {u"a", u"b"}),
                    Scalar(ValueType::kDecimal, Decimal{1, 0, 0, false}),
                    String(std::u16string(u"replaced")),
                    Integer(ValueType::kI4, 7)};
  for (std::size_t slot = 0; slot < 7; ++slot) {
    values[slot].by_ref = ByReference::kValue;
    arguments.Set(slot, values[slot], pointers);
  }
  arguments.Set(7, values[7], pointers);
  VARIANT* const slots = arguments.data();
  Expect(arguments.count() == 8 && arguments.by_ref(0) && !arguments.by_ref(7),
         "arguments know which are by reference");

  *V_I2REF(&slots[0]) = 2;
  SysFreeString(*V_BSTRREF(&slots[1]));
  *V_BSTRREF(&slots[1]) = SysAllocString(L"after");
  (*V_DISPATCHREF(&slots[2]))->Release();
  *V_DISPATCHREF(&slots[2]) = nullptr;
  V_VT(V_VARIANTREF(&slots[3])) = VT_UNKNOWN;
  V_UNKNOWN(V_VARIANTREF(&slots[3])) = &fake;
  fake.AddRef();
  SafeArrayDestroy(*V_ARRAYREF(&slots[4]));
  *V_ARRAYREF(&slots[4]) = SafeArrayCreateVector(VT_BSTR, 3, 1);
  // With data in the bytes where a VARIANT has its type.
  DECIMAL decimal{};
  decimal.wReserved = VT_BSTR;
  decimal.Lo64 = 0x1234;
  decimal.scale = 2;
  *V_DECIMALREF(&slots[5]) = decimal;
  // An assignment to the reference itself.
  V_VT(&slots[6]) = VT_BSTR;
  V_BSTR(&slots[6]) = SysAllocString(L"in its place");

  const Value expected[] = {Integer(ValueType::kI2, 2),
                            String(std::u16string(u"after")),
                            Scalar(ValueType::kDispatch, std::shared_ptr<Pointer>()),
                            Scalar(ValueType::kUnknown, Share()),
                            List<Text>(ValueType::kBstr, {std::nullopt}, 3),
                            Scalar(ValueType::kDecimal, Decimal{0x1234, 0, 2, false}),
                            String(std::u16string(u"in its place")),
                            Integer(ValueType::kI4, 7)};
  for (std::size_t slot = 0; slot < 8; ++slot) {
    Value after;
    const HRESULT hr = arguments.Get(slot, pointers, &after);
    Expect(SUCCEEDED(hr) && Same(after, expected[slot]),
           (std::string("what a server left: ") + NameOf(expected[slot].type)).c_str());
  }

  RefusedType named;
  Arguments refused(1);
  Value bad = List<std::int64_t>(ValueType::kNull, {1});
  bad.by_ref = ByReference::kValue;
  ExpectResult(refused.Set(0, bad, pointers, &named), DISP_E_BADVARTYPE, "a bad argument by reference");
  Expect(V_VT(refused.data()) == VT_EMPTY && !refused.by_ref(0), "is left out");
}

// Assignments to by-reference arguments by PutThrough.
void Puts() {
  VARIANT reference;
  LONG number = 1;
  V_VT(&reference) = VT_BYREF | VT_I4;
  V_I4REF(&reference) = &number;
  ExpectResult(PutThrough(reference, Integer(ValueType::kI4, 2), pointers), S_OK, "put an i4");
  Expect(number == 2, "it is there");
  ExpectResult(PutThrough(reference, Scalar(ValueType::kR8, 3.0), pointers), S_OK, "put an r8 as an i4");
  Expect(number == 3, "it is there");
  ExpectResult(PutThrough(reference, Scalar(ValueType::kR8, 1e10), pointers), DISP_E_OVERFLOW,
               "put too much");
  ExpectResult(PutThrough(reference, String(std::u16string(u"x")), pointers), DISP_E_TYPEMISMATCH,
               "put what is no i4");
  ExpectResult(PutThrough(reference, List<std::int64_t>(ValueType::kI4, {1}), pointers), DISP_E_TYPEMISMATCH,
               "put an array for an i4");
  Expect(number == 3, "nothing has changed");

  BSTR text = SysAllocString(L"before");
  V_VT(&reference) = VT_BYREF | VT_BSTR;
  V_BSTRREF(&reference) = &text;
  ExpectResult(PutThrough(reference, String(kOddText), pointers), S_OK, "put a bstr");
  Expect(SysStringLen(text) == 9 && std::memcmp(text, kOddText.data(), 18) == 0, "it is there");
  PutThrough(reference, String(std::nullopt), pointers);
  Expect(text == nullptr, "put a NULL bstr");

  IDispatch* object = &fake;
  object->AddRef();
  V_VT(&reference) = VT_BYREF | VT_DISPATCH;
  V_DISPATCHREF(&reference) = &object;
  ExpectResult(PutThrough(reference, Scalar(ValueType::kUnknown, Share()), pointers), S_OK,
               "put an unknown as a dispatch");
  Expect(object == &fake, "it is there");
  PutThrough(reference, Scalar(ValueType::kDispatch, std::shared_ptr<Pointer>()), pointers);
  Expect(object == nullptr, "put a null pointer");

  DECIMAL decimal{};
  V_VT(&reference) = VT_BYREF | VT_DECIMAL;
  V_DECIMALREF(&reference) = &decimal;
  ExpectResult(PutThrough(reference, Scalar(ValueType::kDecimal, Decimal{9, 8, 7, true}), pointers), S_OK,
               "put a decimal");
  Expect(decimal.Lo64 == 9 && decimal.Hi32 == 8 && decimal.scale == 7 && decimal.sign == DECIMAL_NEG,
         "it is there");

  OwnedVariant variable;
  VARIANT* const target = variable.Receive();
  V_VT(target) = VT_BSTR;
  V_BSTR(target) = SysAllocString(L"before");
  V_VT(&reference) = VT_BYREF | VT_VARIANT;
  V_VARIANTREF(&reference) = target;
  ExpectResult(PutThrough(reference, List<std::int64_t>(ValueType::kI4, {4, 5}), pointers), S_OK,
               "put an array into a VARIANT");
  Expect(V_VT(target) == (VT_ARRAY | VT_I4), "it is there");
  VARIANT outer;
  V_VT(&outer) = VT_BYREF | VT_VARIANT;
  V_VARIANTREF(&outer) = &reference;
  ExpectResult(PutThrough(outer, String(std::u16string(u"inner")), pointers), S_OK,
               "put through two references");
  Expect(V_VT(target) == VT_BSTR, "it is at the end of them");

  SAFEARRAY* array = SafeArrayCreateVector(VT_I4, 0, 2);
  V_VT(&reference) = VT_BYREF | VT_ARRAY | VT_I4;
  V_ARRAYREF(&reference) = &array;
  ExpectResult(PutThrough(reference, List<std::int64_t>(ValueType::kI4, {1, 2, 3}, 1), pointers), S_OK,
               "put an array");
  Expect(array->rgsabound[0].cElements == 3 && array->rgsabound[0].lLbound == 1, "it is there");
  ExpectResult(PutThrough(reference, List<double>(ValueType::kR8, {1}), pointers), DISP_E_TYPEMISMATCH,
               "put an array of something else");
  SafeArrayLock(array);
  ExpectResult(PutThrough(reference, List<std::int64_t>(ValueType::kI4, {1}), pointers), DISP_E_ARRAYISLOCKED,
               "put an array where one is in use");
  SafeArrayUnlock(array);
  array->fFeatures |= FADF_FIXEDSIZE;
  SAFEARRAY* const before = array;
  ExpectResult(PutThrough(reference, List<std::int64_t>(ValueType::kI4, {7, 8, 9}, 1), pointers), S_OK,
               "put an array where one must stay");
  Expect(array == before && static_cast<LONG*>(array->pvData)[2] == 9, "its elements are there");
  array->fFeatures &= static_cast<USHORT>(~FADF_FIXEDSIZE);
  SafeArrayDestroy(array);

  V_VT(&reference) = VT_I4;
  ExpectResult(PutThrough(reference, Integer(ValueType::kI4, 1), pointers), DISP_E_TYPEMISMATCH,
               "put where there is no reference");
  V_VT(&reference) = VT_BYREF | VT_RECORD;
  V_BYREF(&reference) = &number;
  Expect(FAILED(PutThrough(reference, Integer(ValueType::kI4, 1), pointers)), "put where a record is");
}

void Owning() {
  OwnedVariant first;
  ToVariant(String(std::u16string(u"one")), pointers, first.Receive());
  OwnedVariant second(std::move(first));
  OwnedVariant third;
  ToVariant(Scalar(ValueType::kDispatch, Share()), pointers, third.Receive());
  third = std::move(second);
  Expect(V_VT(&third.get()) == VT_BSTR, "an owned VARIANT moves");
  VARIANT detached = third.Detach();
  Expect(V_VT(&third.get()) == VT_EMPTY && V_VT(&detached) == VT_BSTR, "and is given away");
  VariantClear(&detached);
}

void Large() {
  constexpr std::size_t kMany = 1000000;
  std::vector<std::int64_t> numbers(kMany);
  for (std::size_t i = 0; i < kMany; ++i) numbers[i] = static_cast<std::int64_t>(i);
  const Value value = List<std::int64_t>(ValueType::kI4, std::move(numbers));
  const auto start = Clock::now();
  OwnedVariant variant;
  ToVariant(value, pointers, variant.Receive());
  Value back;
  FromVariant(variant.get(), pointers, &back);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
  Expect(Same(value, back), "a million elements");
  std::printf("       there and back in %lld ms\n", static_cast<long long>(took));
}

void All() {
  Scalars();
  Arrays();
  ElementOrder();
  LargeArrays();
  BadCells();
  Nesting();
  Refusals();
  FailingPointers();
  References();
  Puts();
  Owning();
  Large();
}

// A second run, to find what stays allocated.
void Leaks() {
  const HRESULT hr = CoRegisterMallocSpy(&spy);
  watched = true;
  All();
  watched = false;
  CoRevokeMallocSpy();
  std::printf("       %ld blocks made, %ld left\n", spy.made.load(), spy.alive.load());
  if (SUCCEEDED(hr) && spy.made > 0) Expect(spy.alive == 0, "nothing of COM's memory is left over");
}

void Run() {
  // Without oleaut32's cache of BSTRs, which would hide double frees and leaks.
  if (const HMODULE oleaut32 = GetModuleHandleW(L"oleaut32.dll")) {
    using SetNoCache = void(WINAPI*)();
    const auto set =
        reinterpret_cast<SetNoCache>(reinterpret_cast<void*>(GetProcAddress(oleaut32, "SetOaNoCache")));
    if (set) set();
  }
  All();
  Expect(fake.references == 0, "every reference taken is given back");
  Leaks();
  Expect(fake.references == 0, "and again");
}

}  // namespace
}  // namespace com_cancel

int main() {
  try {
    com_cancel::Run();
  } catch (const std::exception& error) {
    std::printf("FAILED with %s\n", error.what());
    return 1;
  }
  std::printf("%d checks, %d failed\n", com_cancel::checks, com_cancel::failures);
  return com_cancel::failures ? 1 : 0;
}
