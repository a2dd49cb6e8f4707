// FillImportSlots and IsImported: finds the module that exports Node-API, and takes the addresses of the
// functions from it.
#include "host/import_slots.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "host/win.h"

namespace com_cancel {
namespace {

COM_CANCEL_SLOT_SECTION("a") ImportSlot before_first{};
COM_CANCEL_SLOT_SECTION("c") ImportSlot after_last{};

std::vector<ImportSlot*> Slots() {
  // Volatile: the compiler knows of no relation between the two.
  ImportSlot* volatile first = &before_first;
  ImportSlot* volatile last = &after_last;
  std::vector<ImportSlot*> slots;
  for (ImportSlot* slot = first + 1; slot < last; ++slot) {
    if (slot->name) slots.push_back(slot);  // not what the linker may fill in between
  }
  return slots;
}

HMODULE ModuleOf(const void* address) {
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                     static_cast<const wchar_t*>(address), &module);
  return module;
}

void* Export(HMODULE module, const char* name) {
  return module ? reinterpret_cast<void*>(GetProcAddress(module, name)) : nullptr;
}

// The file name, without the folder.
std::string NameOf(HMODULE module) {
  char path[MAX_PATH] = "";
  GetModuleFileNameA(module, path, MAX_PATH - 1);
  const std::string name = path;
  return name.substr(name.find_last_of('\\') + 1);
}

std::string Fill(const void* caller) {
  const std::vector<ImportSlot*> slots = Slots();
  // The module that calls the addon has Node-API in all known hosts. The others: for a host that calls
  // through a module of its own.
  const HMODULE candidates[] = {ModuleOf(caller), GetModuleHandleW(nullptr), GetModuleHandleW(L"node.dll"),
                                GetModuleHandleW(L"libnode.dll"), GetModuleHandleW(L"nw.dll")};
  HMODULE host = nullptr;
  std::vector<const char*> missing(slots.size(), "");
  for (const HMODULE candidate : candidates) {
    std::vector<const char*> lacks;
    for (const ImportSlot* slot : slots) {
      if (!Export(candidate, slot->name)) lacks.push_back(slot->name);
    }
    if (lacks.size() < missing.size()) {
      host = candidate;
      missing = std::move(lacks);
    }
  }
  for (ImportSlot* slot : slots) slot->address = Export(host, slot->name);

  if (missing.empty()) return {};
  if (!host) return NameOf(nullptr) + " has no Node-API, which com-cancel needs";
  std::string names;
  for (const char* name : missing) names += (names.empty() ? "" : ", ") + std::string(name);
  return NameOf(host) + " lacks functions of Node-API that com-cancel needs: " + names;
}

}  // namespace

const char* FillImportSlots(const void* caller) {
  static const std::string problem = Fill(caller);
  return problem.empty() ? nullptr : problem.c_str();
}

bool IsImported(const char* function) {
  for (const ImportSlot* slot : Slots()) {
    if (std::strcmp(slot->name, function) == 0) return slot->address != nullptr;
  }
  return false;
}

}  // namespace com_cancel
