// Cancel flags that two processes share: the table of this process, and views of its clients' tables.
#include "standin/shared.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

namespace com_cancel {

// The table fills 64 KiB, the least that a view takes of the address space. The slot that was freed last is
// reused first, so that in practice only the first page is touched.
constexpr std::uint32_t kSlots = 8191;
constexpr std::uint64_t kMagic = 0x31'6C'65'63'6E'61'63'63;  // "ccancel1"

// The memory of a table.
struct FlagSection {
  std::uint64_t magic;
  FlagWord words[kSlots];
};
static_assert(sizeof(FlagSection) == 65536);

namespace {

// The most tables of clients that a server keeps open.
constexpr std::size_t kMaxTables = 64;

using SectionName = std::array<wchar_t, 96>;

SectionName NameOf(const GUID& table, std::uint32_t process) {
  std::array<wchar_t, 39> guid{};
  StringFromGUID2(table, guid.data(), static_cast<int>(guid.size()));
  SectionName name{};
  // Local: the session's namespace, in which every user may create sections. Default security admits the same
  // user.
  std::swprintf(name.data(), name.size(), L"Local\\com-cancel-%lu-%ls", static_cast<unsigned long>(process),
                guid.data());
  return name;
}

class OwnTable {
 public:
  OwnTable() {
    if (FAILED(CoCreateGuid(&id_))) return;
    const SectionName name = NameOf(id_, GetCurrentProcessId());
    // Kept open as long as the process lives: the name ends with the last handle.
    mapping_ = UniqueHandle(CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0,
                                               sizeof(FlagSection), name.data()));
    if (!mapping_ || GetLastError() == ERROR_ALREADY_EXISTS) return;
    section_ =
        static_cast<FlagSection*>(MapViewOfFile(mapping_.get(), FILE_MAP_WRITE, 0, 0, sizeof(FlagSection)));
    if (section_) section_->magic = kMagic;
  }

  // Null when no slot is left.
  FlagWord* Take(FlagAddress& address) {
    if (!section_) return nullptr;
    std::uint32_t slot = 0;
    {
      const Guard guard(lock_);
      if (free_ > 0)
        slot = free_slots_[--free_];
      else if (fresh_ < kSlots)
        slot = fresh_++;
      else
        return nullptr;
    }
    FlagWord& word = section_->words[slot];
    std::uint64_t generation = word.load(std::memory_order_relaxed) / 2;
    if (generation == 0) word.store(2 * ++generation, std::memory_order_release);
    address = {id_, GetCurrentProcessId(), slot, generation};
    return &word;
  }

  void GiveBack(const FlagAddress& address) {
    // A server that still reads the old generation sees that the call is over.
    section_->words[address.slot].store(2 * (address.generation + 1), std::memory_order_release);
    const Guard guard(lock_);
    free_slots_[free_++] = static_cast<std::uint16_t>(address.slot);
  }

  // The word of an address in the table of this process, null for another table.
  const FlagWord* Find(const FlagAddress& address) const {
    return section_ && IsEqualGUID(address.table, id_) && address.slot < kSlots
               ? &section_->words[address.slot]
               : nullptr;
  }

 private:
  GUID id_{};
  UniqueHandle mapping_;
  FlagSection* section_ = nullptr;
  Lock lock_;
  std::array<std::uint16_t, kSlots> free_slots_{};
  std::uint32_t free_ = 0;   // how many there are in free_slots_
  std::uint32_t fresh_ = 0;  // the first that was never taken
};

// Never destroyed: threads outlive the destructors of static objects.
OwnTable& Own() {
  static OwnTable& table = *new OwnTable;
  return table;
}

}  // namespace

// A table of another process. One that can't be opened is cached, too.
class ClientTable {
 public:
  explicit ClientTable(const FlagAddress& address)
      : id_(address.table), process_(OpenProcess(SYNCHRONIZE, FALSE, address.process)) {
    const SectionName name = NameOf(address.table, address.process);
    // The view keeps the section when its handle is closed.
    const UniqueHandle mapping(OpenFileMappingW(FILE_MAP_READ, FALSE, name.data()));
    if (!mapping) return;
    const void* const view = MapViewOfFile(mapping.get(), FILE_MAP_READ, 0, 0, 0);
    if (!view) return;
    // Any process can send an address: the section that it names must be committed, and as large as ours.
    MEMORY_BASIC_INFORMATION memory{};
    const auto* const section = static_cast<const FlagSection*>(view);
    if (VirtualQuery(view, &memory, sizeof(memory)) == sizeof(memory) && memory.State == MEM_COMMIT &&
        memory.RegionSize >= sizeof(FlagSection) && section->magic == kMagic)
      section_ = section;
    else
      UnmapViewOfFile(view);
  }
  ~ClientTable() {
    if (section_) UnmapViewOfFile(section_);
  }
  ClientTable(const ClientTable&) = delete;
  ClientTable& operator=(const ClientTable&) = delete;

  bool Is(const GUID& id) const { return IsEqualGUID(id_, id) != 0; }
  // False, too, without the right to wait for the client: then its table is only evicted by newer clients.
  bool gone() const { return process_ && WaitForSingleObject(process_.get(), 0) == WAIT_OBJECT_0; }
  const FlagWord* Find(std::uint32_t slot) const {
    return section_ && slot < kSlots ? &section_->words[slot] : nullptr;
  }

 private:
  const GUID id_;
  const UniqueHandle process_;
  const FlagSection* section_ = nullptr;
};

namespace {

struct ClientTables {
  Lock lock;
  std::vector<std::shared_ptr<const ClientTable>> recent;  // the most recent last
};

std::shared_ptr<const ClientTable> TableOf(const FlagAddress& address) {
  static ClientTables& tables = *new ClientTables;  // never destroyed, as above
  const Guard guard(tables.lock);
  auto& recent = tables.recent;
  const auto known =
      std::find_if(recent.begin(), recent.end(), [&](const auto& table) { return table->Is(address.table); });
  if (known != recent.end()) {
    std::rotate(known, known + 1, recent.end());
    return recent.back();
  }
  // Tables of processes that have ended are removed when a new client comes.
  recent.erase(std::remove_if(recent.begin(), recent.end(), [](const auto& table) { return table->gone(); }),
               recent.end());
  if (recent.size() >= kMaxTables) recent.erase(recent.begin());
  recent.push_back(std::make_shared<const ClientTable>(address));
  return recent.back();
}

}  // namespace

CallFlag::CallFlag() : word_(Own().Take(address_)) {}

void CallFlag::Set() {
  if (word_) word_->store(2 * address_.generation + 1, std::memory_order_release);
}

void CallFlag::GiveBack() {
  if (!word_) return;
  Own().GiveBack(address_);
  word_ = nullptr;
}

FlagView::FlagView(const FlagAddress& address) : generation_(address.generation) {
  if (generation_ == 0) return;
  word_ = Own().Find(address);
  if (word_) return;
  table_ = TableOf(address);
  word_ = table_->Find(address.slot);
}

FlagView::State FlagView::Look() const {
  if (!word_) return State::kPending;
  const std::uint64_t word = word_->load(std::memory_order_acquire);
  if (word / 2 != generation_) return State::kOver;
  return word % 2 == 1 ? State::kCanceled : State::kPending;
}

}  // namespace com_cancel
