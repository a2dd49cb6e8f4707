// HostProcess, a host process as the process that started it sees it.
#include "hosting/host_process.h"

#include <process.h>

#include <new>
#include <string_view>

#include "host/pool.h"
#include "host/text.h"
#include "hosting/pipe.h"

namespace com_cancel::hosting {
namespace {

constexpr auto kStartLimit = std::chrono::seconds(30);
constexpr auto kCloseLimit = std::chrono::seconds(5);
// How long a process whose pipe is closed may take to end.
constexpr DWORD kEndLimit = 5'000;  // milliseconds
// How long the reports that a process left behind may take.
constexpr DWORD kDrainLimit = 200;  // milliseconds
constexpr DWORD kPoll = 10;         // milliseconds
constexpr unsigned kStackSize = 1u << 17;
// The exit code of a host that was terminated.
constexpr UINT kTerminatedCode = 1;

std::u16string Text(std::string_view ascii) { return {ascii.begin(), ascii.end()}; }

std::wstring Hex(DWORD code) {
  constexpr wchar_t kDigits[] = L"0123456789ABCDEF";
  std::wstring text = L"0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += kDigits[code >> shift & 0xF];
  return text;
}

report::Made Failure(OrderId id, HRESULT hresult) {
  report::Made made;
  made.id = id;
  made.hresult = hresult;
  return made;
}

}  // namespace

void HostProcess::Start(Architecture architecture, const Started& started, Ended ended) {
  const auto start = [architecture, started, ended = std::move(ended)] {
    Launched launched;
    std::u16string detail;
    try {
      const HRESULT hr = Launch(architecture, launched, detail);
      if (FAILED(hr)) return started(hr, nullptr, std::move(detail));
      const auto host = std::make_shared<HostProcess>(architecture, std::move(launched), started, ended);
      if (host->BeginReading()) return;
      host->TerminateIfRunning();
    } catch (const std::bad_alloc&) {
      // A process that was started sees the end of its pipe.
    }
    started(E_OUTOFMEMORY, nullptr, u"the system has no memory for it");
  };
  if (!pool::Run(start)) started(E_OUTOFMEMORY, nullptr, u"the system's thread pool refused the start");
}

HostProcess::HostProcess(Architecture architecture, Launched launched, Started started, Ended ended)
    : architecture_(architecture),
      launched_(std::move(launched)),
      started_(std::move(started)),
      ended_(std::move(ended)) {}

bool HostProcess::BeginReading() {
  start_limit_ = alarms::Set(Clock::now() + kStartLimit, [weak = weak_from_this()] {
    const auto host = weak.lock();
    if (!host) return;
    host->start_timed_out_ = true;
    host->TerminateIfRunning();
  });
  auto share = std::make_unique<std::shared_ptr<HostProcess>>(shared_from_this());
  auto wait_share = std::make_unique<std::shared_ptr<HostProcess>>(shared_from_this());
  const PTP_WAIT wait = CreateThreadpoolWait(ProcessEnded, wait_share.get(), nullptr);
  if (!wait) return false;
  reader_ = UniqueHandle(reinterpret_cast<HANDLE>(
      _beginthreadex(nullptr, kStackSize, ReadReports, share.get(),
                     CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr)));
  if (!reader_) {
    CloseThreadpoolWait(wait);
    return false;
  }
  static_cast<void>(share.release());
  static_cast<void>(wait_share.release());
  SetThreadpoolWait(wait, handle(), nullptr);
  ResumeThread(reader_.get());
  return true;
}

void CALLBACK HostProcess::ProcessEnded(PTP_CALLBACK_INSTANCE instance, void* self, PTP_WAIT wait,
                                        TP_WAIT_RESULT) {
  const std::unique_ptr<std::shared_ptr<HostProcess>> share(static_cast<std::shared_ptr<HostProcess>*>(self));
  HostProcess& host = **share;
  CallbackMayRunLong(instance);
  // The reader sees the end of the pipe, unless a process that was started at the same time has inherited the
  // host's end of it.
  if (WaitForSingleObject(host.reader_.get(), kDrainLimit) == WAIT_TIMEOUT) {
    while (!host.read_all_) {
      CancelSynchronousIo(host.reader_.get());
      Sleep(kPoll);
    }
  }
  CloseThreadpoolWait(wait);
}

unsigned __stdcall HostProcess::ReadReports(void* self) {
  const std::unique_ptr<std::shared_ptr<HostProcess>> share(static_cast<std::shared_ptr<HostProcess>*>(self));
  (*share)->ReadReports();
  return 0;
}

void HostProcess::ReadReports() {
  try {
    ReadUntilEnd();
  } catch (...) {
    // Without memory for a report its order would never be answered.
    TerminateIfRunning();
  }
  read_all_ = true;
  End();
}

void HostProcess::ReadUntilEnd() {
  Bytes content;
  for (;;) {
    const Arrival arrival = Receive(launched_.reports.get(), content);
    if (arrival == Arrival::kEnd) break;
    Report report;
    const char* const problem =
        arrival == Arrival::kMessage ? Decode(content, report) : "the length of the message is wrong";
    if (problem) {
      if (arrival != Arrival::kTruncated) {  // a process that ends may leave a part of a message
        message_ = u"the host process sent a message that is none: " + Text(problem);
        TerminateIfRunning();
      }
      break;
    }
    if (!Take(std::move(report))) break;
  }
}

bool HostProcess::Take(Report report) {
  return std::visit([this](auto& each) { return Take(std::move(each)); }, report);
}

bool HostProcess::Take(const report::Started& started) {
  if (!started_) return true;
  alarms::Cancel(start_limit_);
  if (started.version != kVersion) {
    TerminateIfRunning();
    FailStart(CO_E_SERVER_EXEC_FAILURE,
              FromWide(ProgramFor(architecture_)) + u" is of another version of the package: reinstall it");
    return false;
  }
  const Started report = std::exchange(started_, nullptr);
  // The outermost share, whose end closes the host. The threads of this object hold others.
  report(S_OK, {this, [self = shared_from_this()](HostProcess* host) { host->Close(); }}, {});
  return true;
}

bool HostProcess::Take(report::Made made) {
  Answer answer;
  {
    const Guard guard(lock_);
    const auto entry = answers_.find(made.id);
    if (entry == answers_.end()) return true;  // dropped
    answer = std::move(entry->second);
    answers_.erase(entry);
  }
  answer(std::move(made));
  return true;
}

bool HostProcess::Take(report::Ending ending) {
  message_ = std::move(ending.why);
  return true;
}

void HostProcess::FailStart(HRESULT hresult, std::u16string detail) {
  const Started report = std::exchange(started_, nullptr);
  ended_ = nullptr;
  if (report) report(hresult, nullptr, std::move(detail));
}

void HostProcess::End() {
  // Its pipe has ended, so it is about to end.
  if (WaitForSingleObject(handle(), kEndLimit) != WAIT_OBJECT_0) {
    TerminateIfRunning();
    WaitForSingleObject(handle(), INFINITE);
  }
  HostEnd end;
  GetExitCodeProcess(handle(), &end.exit_code);
  alarms::Cancel(start_limit_);
  std::unordered_map<OrderId, Answer> unanswered;
  {
    const Guard guard(lock_);
    over_ = true;
    unanswered.swap(answers_);
    if (terminated_)
      end.by = HostEnd::By::kTerminate;
    else if (close_timed_out_ || (closed_ && end.exit_code == 0))
      end.by = HostEnd::By::kClose;
    if (close_timed_out_) message_ = u"it had not ended 5 seconds after it was closed, and was terminated";
  }
  StopOrders();
  for (auto& [id, answer] : unanswered) answer(Failure(id, HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE)));
  if (started_) {
    if (start_timed_out_)
      FailStart(
          HRESULT_FROM_WIN32(ERROR_TIMEOUT),
          FromWide(ProgramFor(architecture_)) + u" did not report within 30 seconds that it has started");
    else
      FailStart(CO_E_SERVER_EXEC_FAILURE,
                FromWide(ProgramFor(architecture_) + L" ended while it started, with exit code " +
                         Hex(end.exit_code)) +
                    (message_.empty() ? u"" : u": ") + message_);
    return;
  }
  end.message = std::move(message_);
  if (const Ended report = std::exchange(ended_, nullptr)) report(end);
}

void HostProcess::Terminate() {
  const Guard guard(lock_);
  if (!over_ && TerminateIfRunning()) terminated_ = true;
}

bool HostProcess::terminated() {
  const Guard guard(lock_);
  return terminated_;
}

bool HostProcess::TerminateIfRunning() {
  return WaitForSingleObject(handle(), 0) == WAIT_TIMEOUT && TerminateProcess(handle(), kTerminatedCode);
}

void HostProcess::Close() noexcept {
  {
    const Guard guard(lock_);
    if (std::exchange(closed_, true) || over_) return;
  }
  try {
    alarms::Set(Clock::now() + kCloseLimit, [weak = weak_from_this()] {
      const auto host = weak.lock();
      if (!host) return;
      const Guard guard(host->lock_);
      if (!host->over_ && host->TerminateIfRunning()) host->close_timed_out_ = true;
    });
    // On the pool: an order that is being written may block.
    if (pool::Run([self = shared_from_this()] { self->StopOrders(); })) return;
  } catch (const std::bad_alloc&) {
  }
  TerminateIfRunning();
}

void HostProcess::StopOrders() {
  const Guard guard(order_lock_);
  orders_open_ = false;
  launched_.orders = {};  // the end of its pipe tells the host to end
}

void HostProcess::SendOrder(const Order& order) {
  const Bytes message = Encode(order);
  const Guard guard(order_lock_);
  if (orders_open_) Send(launched_.orders.get(), message);
}

OrderId HostProcess::Make(const CLSID& clsid, MadeIn made_in, const Answer& answer) {
  OrderId id{};
  bool refused = false;
  {
    const Guard guard(lock_);
    id = OrderId{++last_order_};
    refused = over_ || closed_;
    if (!refused) answers_.emplace(id, answer);
  }
  if (refused)
    answer(Failure(id, HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE)));
  else
    // The end of a process that reads it no longer answers it.
    SendOrder(order::Make{id, clsid, made_in});
  return id;
}

void HostProcess::Taken(OrderId id) { SendOrder(order::Taken{id}); }

void HostProcess::Drop(OrderId id) {
  Answer dropped;  // destroyed after the lock
  {
    const Guard guard(lock_);
    const auto entry = answers_.find(id);
    if (entry != answers_.end()) {
      dropped = std::move(entry->second);
      answers_.erase(entry);
    }
  }
  SendOrder(order::Drop{id});
}

}  // namespace com_cancel::hosting
