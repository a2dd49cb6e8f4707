// HostProcess, a host process as the process that started it sees it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "host/alarms.h"
#include "host/win.h"
#include "hosting/architecture.h"
#include "hosting/launch.h"
#include "hosting/protocol.h"

namespace com_cancel::hosting {

// binding.d.ts's HostEnd.
struct HostEnd {
  enum class By { kClose, kTerminate, kItself };
  DWORD exit_code = 0;
  By by = By::kItself;
  std::u16string message;
};

// All members may be called from any thread, and do not wait for the host.
class HostProcess : public std::enable_shared_from_this<HostProcess> {
 public:
  // Takes the result of Start, once. For a failure the host is null and `detail` says what failed. The last
  // share of the host that is dropped closes it.
  using Started =
      std::function<void(HRESULT hresult, std::shared_ptr<HostProcess> host, std::u16string detail)>;
  using Ended = std::function<void(const HostEnd& end)>;
  // Takes the answer to an order, once. A host that has ended answers RPC_S_SERVER_UNAVAILABLE.
  using Answer = std::function<void(report::Made made)>;

  // Returns at once. `started` and `ended` are called on other threads, `ended` only after `started` got a
  // host.
  static void Start(Architecture architecture, const Started& started, Ended ended);

  HostProcess(Architecture architecture, Launched launched, Started started, Ended ended);
  HostProcess(const HostProcess&) = delete;
  HostProcess& operator=(const HostProcess&) = delete;

  DWORD id() const { return launched_.id; }
  Architecture architecture() const { return architecture_; }
  // Signaled when the process has ended.
  HANDLE handle() const { return launched_.process.get(); }

  // Ends the process at once, if it has not ended.
  void Terminate();
  // Whether Terminate ended the process.
  bool terminated();
  // Lets the process release its objects and end; it is terminated when it has not done so in time. Later
  // calls do nothing.
  void Close() noexcept;

  // Orders an object. `answer` is called on another thread or on this one, unless Drop comes first.
  // Afterwards the caller owes one call of Taken or Drop.
  OrderId Make(const CLSID& clsid, MadeIn made_in, const Answer& answer);
  // The object was unmarshaled.
  void Taken(OrderId id);
  // Nobody takes the object. `answer` may be running.
  void Drop(OrderId id);

 private:
  static unsigned __stdcall ReadReports(void* self);
  static void CALLBACK ProcessEnded(PTP_CALLBACK_INSTANCE, void* self, PTP_WAIT wait, TP_WAIT_RESULT);
  bool BeginReading();
  void ReadReports();
  void ReadUntilEnd();
  // False for a report that ends the conversation.
  bool Take(Report report);
  bool Take(const report::Started& started);
  bool Take(report::Made made);
  bool Take(report::Ending ending);
  void FailStart(HRESULT hresult, std::u16string detail);
  void SendOrder(const Order& order);
  void StopOrders();
  bool TerminateIfRunning();
  void End();

  const Architecture architecture_;
  Launched launched_;
  // Of the thread that reads reports, which owns a share of this object.
  UniqueHandle reader_;
  std::atomic<bool> read_all_{false};
  Started started_;  // empty once called
  Ended ended_;
  alarms::Alarm start_limit_{};
  std::atomic<bool> start_timed_out_{false};
  std::u16string message_;  // of the reader

  Lock order_lock_;  // held while an order is written
  bool orders_open_ = true;

  Lock lock_;
  bool over_ = false;
  bool closed_ = false;
  bool terminated_ = false;       // by Terminate
  bool close_timed_out_ = false;  // terminated because it had not ended after Close
  std::uint32_t last_order_ = 0;
  std::unordered_map<OrderId, Answer> answers_;
};

}  // namespace com_cancel::hosting
