// ReplaceImports, which redirects functions that a loaded module imports.
#include "standin/imports.h"

#include <cstdint>
#include <cstring>
#include <vector>

namespace com_cancel {
namespace {

// The import slot of a function, null when the module does not import it by name. The layout is that of PE
// files ("PE Format" in Microsoft's documentation).
void** SlotOf(HMODULE module, const char* name) {
  auto* const base = reinterpret_cast<std::uint8_t*>(module);
  const auto* const dos = reinterpret_cast<const IMAGE_DOS_HEADER*>(base);
  const auto* const headers = reinterpret_cast<const IMAGE_NT_HEADERS*>(base + dos->e_lfanew);
  const IMAGE_DATA_DIRECTORY& directory = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
  if (directory.VirtualAddress == 0) return nullptr;
  for (const auto* library =
           reinterpret_cast<const IMAGE_IMPORT_DESCRIPTOR*>(base + directory.VirtualAddress);
       library->Name != 0; ++library) {
    if (library->OriginalFirstThunk == 0) continue;  // without names
    const auto* entry = reinterpret_cast<const IMAGE_THUNK_DATA*>(base + library->OriginalFirstThunk);
    auto* slot = reinterpret_cast<void**>(base + library->FirstThunk);
    for (; entry->u1.AddressOfData != 0; ++entry, ++slot) {
      if (IMAGE_SNAP_BY_ORDINAL(entry->u1.Ordinal)) continue;
      const auto* const import =
          reinterpret_cast<const IMAGE_IMPORT_BY_NAME*>(base + entry->u1.AddressOfData);
      if (std::strcmp(reinterpret_cast<const char*>(import->Name), name) == 0) return slot;
    }
  }
  return nullptr;
}

bool Write(void** slot, void* function) {
  DWORD before = 0;
  if (!VirtualProtect(slot, sizeof(*slot), PAGE_READWRITE, &before)) return false;
  InterlockedExchangePointer(slot, function);
  VirtualProtect(slot, sizeof(*slot), before, &before);
  return true;
}

}  // namespace

bool ReplaceImports(HMODULE module, const Import* imports, std::size_t count) {
  std::vector<void**> slots;
  for (std::size_t index = 0; index < count; ++index) {
    void** const slot = SlotOf(module, imports[index].name);
    if (!slot) return false;
    slots.push_back(slot);
  }
  for (std::size_t index = 0; index < count; ++index) *imports[index].original = *slots[index];
  for (std::size_t index = 0; index < count; ++index) {
    if (Write(slots[index], imports[index].replacement)) continue;
    while (index-- > 0) Write(slots[index], *imports[index].original);
    return false;
  }
  return true;
}

}  // namespace com_cancel
