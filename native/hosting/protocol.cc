// The messages between a host process and the process that started it.
#include "hosting/protocol.h"

#include <algorithm>
#include <cstring>

namespace com_cancel::hosting {
namespace {

enum class Kind : std::uint32_t { kMake = 1, kTaken, kDrop, kStarted = 0x101, kMade, kEnding };

constexpr std::size_t kLengthSize = sizeof(std::uint32_t);
// Code units of UTF-16.
constexpr std::size_t kLongestText = 4096;

class Writer {
 public:
  explicit Writer(Kind kind) : bytes_(kLengthSize) { Put(static_cast<std::uint32_t>(kind)); }

  Writer& Put(std::uint32_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
    return *this;
  }
  Writer& Put(OrderId id) { return Put(static_cast<std::uint32_t>(id)); }
  Writer& Put(const GUID& guid) { return PutRaw(&guid, sizeof guid); }
  Writer& Put(const std::u16string& text) {
    const std::size_t length = (std::min)(text.size(), kLongestText);
    return Put(static_cast<std::uint32_t>(length)).PutRaw(text.data(), length * sizeof(char16_t));
  }
  Writer& Put(const Bytes& bytes) {
    return Put(static_cast<std::uint32_t>(bytes.size())).PutRaw(bytes.data(), bytes.size());
  }

  Bytes Take() {
    const auto length = static_cast<std::uint32_t>(bytes_.size() - kLengthSize);
    for (std::size_t i = 0; i < kLengthSize; ++i) bytes_[i] = static_cast<std::uint8_t>(length >> (8 * i));
    return std::move(bytes_);
  }

 private:
  Writer& PutRaw(const void* data, std::size_t size) {
    const auto* const first = static_cast<const std::uint8_t*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
    return *this;
  }

  Bytes bytes_;
};

// Reads nothing beyond the end. After the first failure every Get fails.
class Reader {
 public:
  explicit Reader(const Bytes& bytes) : next_(bytes.data()), left_(bytes.size()) {}

  Reader& Get(std::uint32_t& value) {
    std::uint8_t raw[4]{};
    GetRaw(raw, sizeof raw);
    value = raw[0] | std::uint32_t{raw[1]} << 8 | std::uint32_t{raw[2]} << 16 | std::uint32_t{raw[3]} << 24;
    return *this;
  }
  Reader& Get(OrderId& id) {
    std::uint32_t value = 0;
    Get(value);
    id = OrderId{value};
    return *this;
  }
  Reader& Get(GUID& guid) { return GetRaw(&guid, sizeof guid); }
  Reader& Get(std::u16string& text) {
    std::uint32_t length = 0;
    Get(length);
    // Not multiplied: the product may not fit.
    if (length > left_ / sizeof(char16_t)) return Fail();
    text.resize(length);
    return GetRaw(text.data(), length * sizeof(char16_t));
  }
  Reader& Get(Bytes& bytes) {
    std::uint32_t length = 0;
    Get(length);
    if (length > left_) return Fail();
    bytes.resize(length);
    return GetRaw(bytes.data(), length);
  }

  // Null when everything was there and nothing is left.
  const char* Problem() const {
    if (failed_) return "the message is too short";
    return left_ == 0 ? nullptr : "the message is too long";
  }

 private:
  Reader& GetRaw(void* data, std::size_t size) {
    if (failed_ || size > left_) return Fail();
    if (size > 0) std::memcpy(data, next_, size);
    next_ += size;
    left_ -= size;
    return *this;
  }
  Reader& Fail() {
    failed_ = true;
    return *this;
  }

  const std::uint8_t* next_;
  std::size_t left_;
  bool failed_ = false;
};

Bytes Write(const order::Make& make) {
  return Writer(Kind::kMake)
      .Put(make.id)
      .Put(make.clsid)
      .Put(static_cast<std::uint32_t>(make.made_in))
      .Take();
}
Bytes Write(const order::Taken& taken) { return Writer(Kind::kTaken).Put(taken.id).Take(); }
Bytes Write(const order::Drop& drop) { return Writer(Kind::kDrop).Put(drop.id).Take(); }
Bytes Write(const report::Started& started) { return Writer(Kind::kStarted).Put(started.version).Take(); }
Bytes Write(const report::Made& made) {
  return Writer(Kind::kMade)
      .Put(made.id)
      .Put(static_cast<std::uint32_t>(made.hresult))
      .Put(made.source)
      .Put(made.description)
      .Put(made.object)
      .Take();
}
Bytes Write(const report::Ending& ending) { return Writer(Kind::kEnding).Put(ending.why).Take(); }

// Why a message that was read is none.
const char* Store(const Reader& reader, Order& order, const Order& read) {
  if (const char* const problem = reader.Problem()) return problem;
  order = read;
  return nullptr;
}
const char* Store(const Reader& reader, Report& report, Report read) {
  if (const char* const problem = reader.Problem()) return problem;
  report = std::move(read);
  return nullptr;
}

constexpr const char* kUnknownKind = "the kind of the message is unknown";

}  // namespace

Bytes Encode(const Order& order) {
  return std::visit([](const auto& each) { return Write(each); }, order);
}

Bytes Encode(const Report& report) {
  return std::visit([](const auto& each) { return Write(each); }, report);
}

const char* Decode(const Bytes& content, Order& order) {
  Reader reader(content);
  std::uint32_t kind = 0;
  reader.Get(kind);
  switch (Kind{kind}) {
    case Kind::kMake: {
      order::Make make;
      std::uint32_t made_in = 0;
      reader.Get(make.id).Get(make.clsid).Get(made_in);
      if (made_in > static_cast<std::uint32_t>(MadeIn::kMultithreaded)) return "the apartment is unknown";
      make.made_in = MadeIn{made_in};
      return Store(reader, order, make);
    }
    case Kind::kTaken: {
      order::Taken taken;
      reader.Get(taken.id);
      return Store(reader, order, taken);
    }
    case Kind::kDrop: {
      order::Drop drop;
      reader.Get(drop.id);
      return Store(reader, order, drop);
    }
    default:
      return content.size() < sizeof kind ? reader.Problem() : kUnknownKind;
  }
}

const char* Decode(const Bytes& content, Report& report) {
  Reader reader(content);
  std::uint32_t kind = 0;
  reader.Get(kind);
  switch (Kind{kind}) {
    case Kind::kStarted: {
      report::Started started;
      reader.Get(started.version);
      return Store(reader, report, started);
    }
    case Kind::kMade: {
      report::Made made;
      std::uint32_t hresult = 0;
      reader.Get(made.id).Get(hresult).Get(made.source).Get(made.description).Get(made.object);
      made.hresult = static_cast<HRESULT>(hresult);
      return Store(reader, report, std::move(made));
    }
    case Kind::kEnding: {
      report::Ending ending;
      reader.Get(ending.why);
      return Store(reader, report, std::move(ending));
    }
    default:
      return content.size() < sizeof kind ? reader.Problem() : kUnknownKind;
  }
}

}  // namespace com_cancel::hosting
