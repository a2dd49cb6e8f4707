// The messages between a host process and the process that started it: orders to the host, reports from it.
//
// A message is its length, then its content: integers of 32 bits, the least significant byte first, GUIDs as
// they lie in memory, and texts and bytes after their length. Both programs come from one build of the
// package.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "host/win.h"

namespace com_cancel::hosting {

// Changes with each change of the messages. A host reports it first: a file that was left from another
// version of the package is refused.
constexpr std::uint32_t kVersion = 1;

// The most bytes that the content of a message may have.
constexpr std::uint32_t kLongest = 1u << 20;

// Identifies an order to make an object. Not used twice for one host.
enum class OrderId : std::uint32_t {};

// In which apartment of the host an object is made.
enum class MadeIn : std::uint32_t { kAsRegistered, kSingleThreaded, kMultithreaded };

namespace order {

// Make an object of an in-process class and marshal it. The host answers with one report::Made.
struct Make {
  OrderId id{};
  CLSID clsid{};
  MadeIn made_in = MadeIn::kAsRegistered;
};
// The object was unmarshaled.
struct Taken {
  OrderId id{};
};
// Nobody takes the object, whether it was made already or not.
struct Drop {
  OrderId id{};
};

}  // namespace order

using Order = std::variant<order::Make, order::Taken, order::Drop>;

namespace report {

// The first report.
struct Started {
  std::uint32_t version = kVersion;
};
struct Made {
  OrderId id{};
  HRESULT hresult = S_OK;
  // Of a failure, if the class describes it.
  std::u16string source;
  std::u16string description;
  // What CoMarshalInterface wrote; empty for a failure.
  std::vector<std::uint8_t> object;
};
// The host ends by itself.
struct Ending {
  std::u16string why;
};

}  // namespace report

using Report = std::variant<report::Started, report::Made, report::Ending>;

using Bytes = std::vector<std::uint8_t>;

// Whole messages, with their length. A text that is too long is cut.
Bytes Encode(const Order& order);
Bytes Encode(const Report& report);

// The content of a message. Returns null and fills in `order`, or says what is wrong with it.
const char* Decode(const Bytes& content, Order& order);
const char* Decode(const Bytes& content, Report& report);

}  // namespace com_cancel::hosting
