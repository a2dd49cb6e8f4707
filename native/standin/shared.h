// Cancel flags that two processes share: a table of the client process that its servers can read.
//
// Each client process has one table: a section whose name no other process ever has. Each call takes a slot
// of it for as long as it lasts. The number of the slot is sent along with the call, and the server reads it.
// Servers never write.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "host/win.h"

namespace com_cancel {

// Where the flag of a call is. The hook sends it along with the call: its layout is the same in every
// process.
struct FlagAddress {
  GUID table;
  std::uint32_t process;
  std::uint32_t slot;
  // Which one of the slot's successive calls; 0: the call has no flag.
  std::uint64_t generation;
};
static_assert(sizeof(FlagAddress) == 32, "processes of every width read it");

// The content of a slot: twice the generation, plus 1 when the call is canceled.
using FlagWord = std::atomic<std::uint64_t>;
static_assert(sizeof(FlagWord) == 8 && FlagWord::is_always_lock_free,
              "a lock would not reach across processes");

// The client's side of a flag: a slot that one call has taken. When no slot is left, or the table could not
// be created, the server is not notified of a cancel; nothing else changes.
class CallFlag {
 public:
  CallFlag();
  ~CallFlag() { GiveBack(); }
  CallFlag(const CallFlag&) = delete;
  CallFlag& operator=(const CallFlag&) = delete;

  const FlagAddress& address() const { return address_; }
  void Set();
  // The call is over. Not to be called at the same time as Set.
  void GiveBack();

 private:
  FlagAddress address_{};  // before word_, whose initializer fills it in
  FlagWord* word_ = nullptr;
};

class ClientTable;

// The server's side of a flag.
class FlagView {
 public:
  enum class State { kPending, kCanceled, kOver };

  // For a call without a flag: always pending.
  FlagView() = default;
  // Also always pending when the table can't be opened, or is not one of this library.
  explicit FlagView(const FlagAddress& address);

  State Look() const;

 private:
  std::shared_ptr<const ClientTable> table_;  // keeps the word mapped; null for the table of this process
  const FlagWord* word_ = nullptr;
  std::uint64_t generation_ = 0;
};

}  // namespace com_cancel
