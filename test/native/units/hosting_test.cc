// Tests of the messages of host processes (hosting/protocol.h, hosting/pipe.h): each is read as it was
// written, and what is no message is refused, also by com-cancel-host.exe, which is in the folder Release
// beside the folder of this program.
//
// Prints a line for each check. The exit code is 1 when one failed.
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <thread>

#include "checks.h"
#include "hosting/pipe.h"
#include "hosting/protocol.h"

using namespace com_cancel;
using namespace com_cancel::hosting;

namespace {

constexpr CLSID kClass = {0x01234567, 0x89ab, 0xcdef, {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};
constexpr std::size_t kLengthSize = 4;

Bytes ContentOf(const Bytes& message) { return {message.begin() + kLengthSize, message.end()}; }

void Append(Bytes& bytes, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

Bytes Words(std::initializer_list<std::uint32_t> values) {
  Bytes bytes;
  for (const std::uint32_t value : values) Append(bytes, value);
  return bytes;
}

bool Refused(const Bytes& content) {
  Order order;
  Report report;
  return Decode(content, order) && Decode(content, report);
}

struct PipeEnds {
  PipeEnds() {
    HANDLE read_end = nullptr;
    HANDLE write_end = nullptr;
    CreatePipe(&read_end, &write_end, nullptr, 0);
    read = UniqueHandle(read_end);
    write = UniqueHandle(write_end);
  }
  UniqueHandle read;
  UniqueHandle write;
};

void OrdersAreReadAsWritten() {
  Order order;
  bool good = Decode(ContentOf(Encode(Order{order::Make{OrderId{7}, kClass, MadeIn::kMultithreaded}})),
                     order) == nullptr;
  const auto* const make = std::get_if<order::Make>(&order);
  Check(good && make && make->id == OrderId{7} && IsEqualGUID(make->clsid, kClass) &&
            make->made_in == MadeIn::kMultithreaded,
        "an order to make an object");
  good = Decode(ContentOf(Encode(Order{order::Taken{OrderId{0xFFFFFFFF}}})), order) == nullptr;
  const auto* const taken = std::get_if<order::Taken>(&order);
  Check(good && taken && taken->id == OrderId{0xFFFFFFFF}, "that an object was taken");
  good = Decode(ContentOf(Encode(Order{order::Drop{OrderId{3}}})), order) == nullptr;
  const auto* const drop = std::get_if<order::Drop>(&order);
  Check(good && drop && drop->id == OrderId{3}, "an order to drop an object");
}

void ReportsAreReadAsWritten() {
  Report report;
  bool good = Decode(ContentOf(Encode(Report{report::Started{}})), report) == nullptr;
  const auto* const started = std::get_if<report::Started>(&report);
  Check(good && started && started->version == kVersion, "that a host has started");

  report::Made sent;
  sent.id = OrderId{9};
  sent.hresult = REGDB_E_CLASSNOTREG;
  sent.source = u"Prime";
  sent.description = u"\u00fc\U0001f600";
  sent.object = {0, 1, 255};
  good = Decode(ContentOf(Encode(Report{sent})), report) == nullptr;
  const auto* const made = std::get_if<report::Made>(&report);
  Check(good && made && made->id == sent.id && made->hresult == sent.hresult && made->source == sent.source &&
            made->description == sent.description && made->object == sent.object,
        "that an object was made");

  sent.description.assign(1'000'000, u'x');
  good = Decode(ContentOf(Encode(Report{sent})), report) == nullptr;
  const auto* const cut = std::get_if<report::Made>(&report);
  Check(good && cut && cut->description == std::u16string(4096, u'x'), "a long text is cut");

  good = Decode(ContentOf(Encode(Report{report::Ending{u"why"}})), report) == nullptr;
  const auto* const ending = std::get_if<report::Ending>(&report);
  Check(good && ending && ending->why == u"why", "that a host ends");
}

void OthersAreRefused() {
  Check(Refused({}), "a message without a kind");
  Check(Refused({1}), "a message with a part of a kind");
  Check(Refused(Words({0})), "kind 0");
  Check(Refused(Words({4, 1})), "the kind after the last order");
  Check(Refused(Words({0x104, 1})), "the kind after the last report");
  Check(Refused(Words({0xFFFFFFFF, 1})), "the largest kind");

  const Bytes whole[] = {
      ContentOf(Encode(Order{order::Make{OrderId{1}, kClass, MadeIn::kAsRegistered}})),
      ContentOf(Encode(Order{order::Taken{OrderId{1}}})),
      ContentOf(Encode(Order{order::Drop{OrderId{1}}})),
      ContentOf(Encode(Report{report::Started{}})),
      ContentOf(Encode(Report{report::Made{OrderId{1}, S_OK, u"source", u"text", {1, 2, 3}}})),
      ContentOf(Encode(Report{report::Ending{u"why"}}))};
  for (const Bytes& message : whole) {
    bool cut_refused = true;
    for (std::size_t length = 0; length < message.size(); ++length)
      cut_refused =
          cut_refused && Refused({message.begin(), message.begin() + static_cast<std::ptrdiff_t>(length)});
    Check(cut_refused, "each beginning of a message", message[0]);
    Bytes longer = message;
    longer.push_back(0);
    Check(Refused(longer), "a message with one byte more", message[0]);
  }

  Order order;
  Report report;
  Check(Decode(ContentOf(Encode(Report{report::Started{}})), order) != nullptr, "a report is no order");
  Check(Decode(ContentOf(Encode(Order{order::Drop{OrderId{1}}})), report) != nullptr,
        "an order is no report");
  Bytes apartment = ContentOf(Encode(Order{order::Make{OrderId{1}, kClass, MadeIn::kAsRegistered}}));
  apartment[apartment.size() - 4] = 3;
  Check(Decode(apartment, order) != nullptr, "an unknown apartment");

  // Lengths of texts and bytes that go beyond the message.
  for (const std::uint32_t length : {1u, 2u, 0x7FFFFFFFu, 0x80000000u, 0x80000001u, 0xFFFFFFFFu}) {
    Check(Refused(Words({0x103, length})), "a text longer than its message", length);
    Check(Refused(Words({0x102, 1, 0, length, 0, 0})), "a source longer than its message", length);
    Check(Refused(Words({0x102, 1, 0, 0, length, 0})), "a description longer than its message", length);
    Check(Refused(Words({0x102, 1, 0, 0, 0, length})), "an object longer than its message", length);
  }

  // Whatever the bytes are, nothing beyond them is read, and what is taken is what would be written.
  std::mt19937 random(1);
  bool same = true;
  for (int i = 0; i < 20'000; ++i) {
    const Bytes& from = whole[random() % std::size(whole)];
    Bytes bytes(from);
    for (unsigned change = random() % 4; change-- > 0 && !bytes.empty();)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    if (!Decode(bytes, order)) same = same && ContentOf(Encode(order)) == bytes;
    if (!Decode(bytes, report)) same = same && ContentOf(Encode(report)) == bytes;
  }
  Check(same, "changed messages are refused, or are other messages");
}

void MessagesComeThroughAPipe() {
  const Bytes message = Encode(Order{order::Make{OrderId{1}, kClass, MadeIn::kAsRegistered}});
  Bytes content;
  {
    PipeEnds pipe;
    Check(Send(pipe.write.get(), message) && Send(pipe.write.get(), message), "two messages are sent");
    pipe.write = {};
    Check(Receive(pipe.read.get(), content) == Arrival::kMessage && content == ContentOf(message),
          "the first comes");
    Check(Receive(pipe.read.get(), content) == Arrival::kMessage && content == ContentOf(message),
          "the second comes");
    Check(Receive(pipe.read.get(), content) == Arrival::kEnd, "then the end of the pipe");
  }
  {
    PipeEnds pipe;
    std::thread slow([&] {
      for (const std::uint8_t byte : message) {
        DWORD written = 0;
        WriteFile(pipe.write.get(), &byte, 1, &written, nullptr);
        WriteFile(pipe.write.get(), &byte, 0, &written, nullptr);
      }
    });
    const bool came = Receive(pipe.read.get(), content) == Arrival::kMessage && content == ContentOf(message);
    slow.join();
    Check(came, "a message that comes byte by byte");
  }
  for (std::size_t length = 1; length < message.size(); ++length) {
    PipeEnds pipe;
    Send(pipe.write.get(), {message.begin(), message.begin() + static_cast<std::ptrdiff_t>(length)});
    pipe.write = {};
    Check(Receive(pipe.read.get(), content) == Arrival::kTruncated, "a message that is cut off",
          static_cast<long long>(length));
  }
  for (const std::uint32_t length : {0u, kLongest + 1, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    PipeEnds pipe;
    Send(pipe.write.get(), Words({length, 1, 2, 3}));
    Check(Receive(pipe.read.get(), content) == Arrival::kBadLength, "a length that no message has", length);
  }
  PipeEnds pipe;
  pipe.read = {};
  Check(!Send(pipe.write.get(), message), "nobody reads the pipe");
}

// com-cancel-host.exe with pipes of its own.
class Host {
 public:
  Host() { Start(Number(orders_.read) + L" " + Number(reports_.write)); }
  explicit Host(const std::wstring& arguments) { Start(arguments); }

  void Write(const Bytes& bytes) { Send(orders_.write.get(), bytes); }
  void EndOrders() { orders_.write = {}; }
  // The next report; Ending without a reason at the end.
  Report Next() {
    Bytes content;
    Report report;
    if (Receive(reports_.read.get(), content) != Arrival::kMessage || Decode(content, report))
      return report::Ending{};
    return report;
  }
  DWORD ExitCode() {
    EndOrders();
    if (WaitForSingleObject(process_.get(), 30'000) != WAIT_OBJECT_0) {
      TerminateProcess(process_.get(), 0xDEAD);
      WaitForSingleObject(process_.get(), INFINITE);
    }
    DWORD code = 0;
    GetExitCodeProcess(process_.get(), &code);
    return code;
  }

 private:
  static std::wstring Number(const UniqueHandle& handle) {
    SetHandleInformation(handle.get(), HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    return std::to_wstring(reinterpret_cast<ULONG_PTR>(handle.get()));
  }

  void Start(const std::wstring& arguments) {
    wchar_t own[MAX_PATH] = L"";
    GetModuleFileNameW(nullptr, own, MAX_PATH);
    std::wstring folder(own);
    folder.resize(folder.rfind(L"\\units\\"));
    const std::wstring program = folder + L"\\Release\\com-cancel-host.exe";
    std::wstring command = L"\"" + program + L"\" " + arguments;
    STARTUPINFOW startup{};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION made{};
    if (CreateProcessW(program.c_str(), command.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &startup,
                       &made)) {
      process_ = UniqueHandle(made.hProcess);
      CloseHandle(made.hThread);
    }
    orders_.read = {};
    reports_.write = {};
  }

  PipeEnds orders_;
  PipeEnds reports_;
  UniqueHandle process_;
};

void HostsEndWithTheirPipe() {
  Host host;
  Check(std::holds_alternative<report::Started>(host.Next()), "H6 a host reports that it has started");
  const Order orders[] = {order::Make{OrderId{1}, kClass, MadeIn::kAsRegistered},
                          order::Make{OrderId{2}, kClass, MadeIn::kSingleThreaded},
                          order::Make{OrderId{3}, kClass, MadeIn::kMultithreaded}};
  for (const Order& order : orders) host.Write(Encode(order));
  bool answered[4] = {};
  for (int i = 0; i < 3; ++i) {
    const Report report = host.Next();
    const auto* const made = std::get_if<report::Made>(&report);
    if (made && made->hresult == REGDB_E_CLASSNOTREG && made->object.empty() && made->id <= OrderId{3})
      answered[static_cast<std::uint32_t>(made->id)] = true;
  }
  Check(answered[1] && answered[2] && answered[3], "H6 each order is answered");
  host.Write(Encode(Order{order::Taken{OrderId{1}}}));
  host.Write(Encode(Order{order::Drop{OrderId{2}}}));
  // Dropped at any time: before the class was asked, or after.
  host.Write(Encode(Order{order::Make{OrderId{4}, kClass, MadeIn::kAsRegistered}}));
  host.Write(Encode(Order{order::Drop{OrderId{4}}}));
  const DWORD code = host.ExitCode();
  Check(code == 0, "H6 a host ends with its pipe", code);
}

void HostsEndAfterABadOrder() {
  const Bytes make = Encode(Order{order::Make{OrderId{1}, kClass, MadeIn::kAsRegistered}});
  Bytes twice = make;
  twice.insert(twice.end(), make.begin(), make.end());
  Bytes apartment = make;
  apartment[apartment.size() - 4] = 9;
  const struct {
    const char* what;
    Bytes orders;
    bool cut_off = false;
  } bad[] = {{"a length of 0", Words({0, 1})},
             {"a length that is too large", Words({0xFFFFFFFF, 1})},
             {"a message that is cut off", {make.begin(), make.end() - 1}, true},
             {"a length that is cut off", {1, 0}, true},
             {"an unknown kind", Words({8, 77, 1})},
             {"a report", Encode(Report{report::Started{}})},
             {"a message that is too short", Words({8, 1, 1})},
             {"an unknown apartment", apartment},
             {"a number that is used twice", twice},
             {"an object that was not made", Encode(Order{order::Taken{OrderId{1}}})},
             {"an object that was not ordered", Encode(Order{order::Drop{OrderId{1}}})}};
  for (const auto& [what, orders, cut_off] : bad) {
    Host host;
    host.Write(orders);
    if (cut_off) host.EndOrders();
    Report report = host.Next();
    while (!std::holds_alternative<report::Ending>(report)) report = host.Next();
    const bool says_why = !std::get<report::Ending>(report).why.empty();
    const DWORD code = host.ExitCode();
    const std::string title = std::string("H6 a host ends with a message after ") + what;
    Check(code == ERROR_INVALID_DATA && says_why, title.c_str(), code);
  }
}

void HostsNeedPipes() {
  for (const wchar_t* const arguments :
       {L"", L"1", L"0 0", L"x y", L"4294967296 4294967296", L"99999996 99999992"}) {
    const DWORD code = Host(std::wstring(arguments)).ExitCode();
    Check(code == ERROR_BAD_ARGUMENTS, "H6 a host without pipes ends", code);
  }
}

}  // namespace

int main() {
  OrdersAreReadAsWritten();
  ReportsAreReadAsWritten();
  OthersAreRefused();
  MessagesComeThroughAPipe();
  HostsEndWithTheirPipe();
  HostsEndAfterABadOrder();
  HostsNeedPipes();
  std::printf("%d checks, %d failed\n", checks.load(), failures.load());
  return failures == 0 ? 0 : 1;
}
