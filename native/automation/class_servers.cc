// Where the servers of a class are registered.
#include "automation/class_servers.h"

#include <algorithm>
#include <optional>

#include "host/text.h"

namespace com_cancel {
namespace {

using hosting::Architecture;

class Key {
 public:
  // A key of HKEY_CLASSES_ROOT in a view: KEY_WOW64_64KEY or KEY_WOW64_32KEY.
  Key(const std::wstring& path, REGSAM view) {
    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, path.c_str(), 0, KEY_QUERY_VALUE | view, &key_) != ERROR_SUCCESS)
      key_ = nullptr;
  }
  ~Key() {
    if (key_) RegCloseKey(key_);
  }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;

  bool exists() const { return key_ != nullptr; }
  // A text with the variables of the environment replaced. Empty for a value that is missing or no text.
  std::optional<std::wstring> Value(const wchar_t* name) const {
    DWORD size = 0;
    const auto get = [&](void* data) {
      return key_ ? RegGetValueW(key_, nullptr, name, RRF_RT_REG_SZ, nullptr, data, &size)
                  : ERROR_FILE_NOT_FOUND;
    };
    if (get(nullptr) != ERROR_SUCCESS) return std::nullopt;
    std::wstring text(size / sizeof(wchar_t), L'\0');
    if (get(text.data()) != ERROR_SUCCESS) return std::nullopt;
    text.resize(wcsnlen(text.c_str(), text.size()));
    return text;
  }

 private:
  HKEY key_ = nullptr;
};

// IMAGE_FILE_MACHINE_… of this machine's processor, also for a program that it emulates.
USHORT NativeMachine() {
  USHORT process = 0;
  USHORT native = 0;
  if (IsWow64Process2(GetCurrentProcess(), &process, &native)) return native;
  return IMAGE_FILE_MACHINE_UNKNOWN;
}

// IMAGE_FILE_MACHINE_… of a file; unknown for one that can't be read.
USHORT MachineOf(const std::wstring& path) {
  const HANDLE opened = CreateFileW(path.c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, nullptr,
                                    OPEN_EXISTING, 0, nullptr);
  if (opened == INVALID_HANDLE_VALUE) return IMAGE_FILE_MACHINE_UNKNOWN;
  const UniqueHandle file(opened);
  const auto read_at = [&](LONG offset, void* data, DWORD size) {
    DWORD read = 0;
    return SetFilePointer(file.get(), offset, nullptr, FILE_BEGIN) != INVALID_SET_FILE_POINTER &&
           ReadFile(file.get(), data, size, &read, nullptr) && read == size;
  };
  IMAGE_DOS_HEADER dos{};
  struct {
    DWORD signature;
    IMAGE_FILE_HEADER file;
  } headers{};
  if (!read_at(0, &dos, sizeof dos) || dos.e_magic != IMAGE_DOS_SIGNATURE) return IMAGE_FILE_MACHINE_UNKNOWN;
  if (!read_at(dos.e_lfanew, &headers, sizeof headers) || headers.signature != IMAGE_NT_SIGNATURE)
    return IMAGE_FILE_MACHINE_UNKNOWN;
  return headers.file.Machine;
}

// Which 64-bit programs load a server. On ARM64, servers for ARM64 and for x64 are in the same view of the
// registry.
Architecture ArchitectureOf64BitServer(const std::wstring& path) {
  if (NativeMachine() != IMAGE_FILE_MACHINE_ARM64) return Architecture::kX64;
  switch (MachineOf(path)) {
    case IMAGE_FILE_MACHINE_ARM64:
      return Architecture::kArm64;
    case IMAGE_FILE_MACHINE_AMD64:
      return Architecture::kX64;
    default:
      // Found by its name only, such as mscoree.dll, which the system has for both.
      return hosting::kOwnArchitecture == Architecture::kIa32 ? Architecture::kArm64
                                                              : hosting::kOwnArchitecture;
  }
}

}  // namespace

HRESULT ClassIdOf(const std::u16string& name, CLSID& id) {
  return !name.empty() && name.front() == u'{' ? CLSIDFromString(Wide(name), &id)
                                               : CLSIDFromProgID(Wide(name), &id);
}

ClassServers FindClass(const std::u16string& name) {
  ClassServers found;
  CLSID id{};
  found.hresult = ClassIdOf(name, id);
  if (FAILED(found.hresult)) return found;
  const std::u16string guid = GuidText(id);
  const std::wstring path = L"CLSID\\{" + std::wstring(guid.begin(), guid.end()) + L"}";
  bool known = false;
  for (const REGSAM view : {KEY_WOW64_64KEY, KEY_WOW64_32KEY}) {
    const Key clsid(path, view);
    if (!clsid.exists()) continue;
    known = true;
    const auto server = Key(path + L"\\InprocServer32", view).Value(nullptr);
    if (server && !server->empty()) {
      const Architecture architecture =
          view == KEY_WOW64_64KEY ? ArchitectureOf64BitServer(*server) : Architecture::kIa32;
      if (std::find(found.inproc.begin(), found.inproc.end(), architecture) == found.inproc.end())
        found.inproc.push_back(architecture);
    }
    const auto application = clsid.Value(L"AppID");
    const bool service =
        application && Key(L"AppID\\" + *application, view).Value(L"LocalService").has_value();
    found.local = found.local || service || Key(path + L"\\LocalServer32", view).exists();
  }
  if (!known) found.hresult = REGDB_E_CLASSNOTREG;
  return found;
}

}  // namespace com_cancel
