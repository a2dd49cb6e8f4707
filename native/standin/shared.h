// Cancel flags that two processes share: the client's are in a table that its servers can read.
//
// Each client process has one table, a section with a name no other process ever has. A call takes a slot of
// it for as long as it lasts, and its server, told the slot with the call, looks into it. Servers only read.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "host/win.h"

namespace com_cancel {

// Where to find the flag of a call; what the hook sends along with the call, and so the same in every
// process.
struct FlagAddress {
  GUID table;
  std::uint32_t process;
  std::uint32_t slot;
  // Of the slot's successive calls, which; 0: the call has no flag.
  std::uint64_t generation;
};
static_assert(sizeof(FlagAddress) == 32, "processes of every width read it");

// A slot's word: twice the generation, and 1 for canceled.
using FlagWord = std::atomic<std::uint64_t>;
static_assert(sizeof(FlagWord) == 8 && FlagWord::is_always_lock_free,
              "a lock would not reach across processes");

// The client's end of a flag: a slot taken for one call. Without a slot, when none is left or the table could
// not be made, the server doesn't learn of the cancel, and nothing else changes.
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

// The server's end.
class FlagView {
 public:
  enum class State { kPending, kCanceled, kOver };

  // Of a call without a flag: pending for ever.
  FlagView() = default;
  // The same if the table can't be opened, or is none of ours.
  explicit FlagView(const FlagAddress& address);

  State Look() const;

 private:
  std::shared_ptr<const ClientTable> table_;  // keeps the word mapped; null for this process's own
  const FlagWord* word_ = nullptr;
  std::uint64_t generation_ = 0;
};

}  // namespace com_cancel
