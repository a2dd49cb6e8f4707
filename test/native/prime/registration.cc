// The registration of the classes below SOFTWARE\Classes: of the machine, as Wine's COM does not search the
// classes of the user; of the user where the machine's may not be written.
#include "registration.h"

#include <string>

#include "classes.h"
#include "variant.h"

namespace prime {
namespace {

// {00020420-…}: the marshaler of interfaces that are only late bound.
constexpr const wchar_t* kDispatchProxy = L"{00020420-0000-0000-C000-000000000046}";
const std::wstring kRoot = L"SOFTWARE\\Classes\\";

std::wstring TextOf(REFGUID guid) {
  wchar_t text[39];
  if (StringFromGUID2(guid, text, ARRAYSIZE(text)) == 0) throw Failure{E_UNEXPECTED};
  return text;
}

std::wstring ClassKey(const Class& known) { return kRoot + L"CLSID\\" + TextOf(known.clsid); }
std::wstring EventsKey() { return kRoot + L"Interface\\" + TextOf(kEvents); }

std::wstring OwnPath() {
  std::wstring path(MAX_PATH, L'\0');
  for (;;) {
    const DWORD length = GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
    if (length == 0) throw Failure{HRESULT_FROM_WIN32(GetLastError())};
    if (length < path.size()) return path.substr(0, length);
    path.resize(path.size() * 2);
  }
}

void Set(const std::wstring& key, const wchar_t* name, const std::wstring& value) {
  const auto size = static_cast<DWORD>((value.size() + 1) * sizeof(wchar_t));
  LSTATUS status = RegSetKeyValueW(HKEY_LOCAL_MACHINE, key.c_str(), name, REG_SZ, value.c_str(), size);
  if (status == ERROR_ACCESS_DENIED)
    status = RegSetKeyValueW(HKEY_CURRENT_USER, key.c_str(), name, REG_SZ, value.c_str(), size);
  if (status != ERROR_SUCCESS) throw Failure{HRESULT_FROM_WIN32(static_cast<DWORD>(status))};
}

void Remove(const std::wstring& key) {
  for (const HKEY root : {HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER}) {
    const LSTATUS status = RegDeleteTreeW(root, key.c_str());
    // Without the right to write the machine's classes, nothing was registered there.
    if (status != ERROR_SUCCESS && status != ERROR_FILE_NOT_FOUND && status != ERROR_ACCESS_DENIED)
      throw Failure{HRESULT_FROM_WIN32(static_cast<DWORD>(status))};
  }
}

void RegisterClass(const Class& known, const std::wstring& executable, const std::wstring& folder) {
  const std::wstring key = ClassKey(known);
  Set(key, nullptr, known.progid);
  Set(key + L"\\ProgID", nullptr, known.progid);
  if (known.option) {
    Set(key + L"\\LocalServer32", nullptr, L'"' + executable + L"\" " + known.option);
  } else {
    Set(key + L"\\InprocServer32", nullptr, folder + known.library);
    if (*known.threading) Set(key + L"\\InprocServer32", L"ThreadingModel", known.threading);
  }
  Set(kRoot + known.progid, nullptr, known.progid);
  Set(kRoot + known.progid + L"\\CLSID", nullptr, TextOf(known.clsid));
}

}  // namespace

HRESULT RegisterClasses() {
  try {
    const std::wstring executable = OwnPath();
    const std::wstring folder = executable.substr(0, executable.find_last_of(L'\\') + 1);
    for (const Class& known : kClasses) RegisterClass(known, executable, folder);
    Set(EventsKey(), nullptr, L"DPrimeEvents");
    Set(EventsKey() + L"\\ProxyStubClsid32", nullptr, kDispatchProxy);
    return S_OK;
  } catch (const Failure& failure) {
    return failure.hresult;
  }
}

HRESULT UnregisterClasses() {
  try {
    for (const Class& known : kClasses) {
      Remove(ClassKey(known));
      Remove(kRoot + known.progid);
    }
    Remove(EventsKey());
    return S_OK;
  } catch (const Failure& failure) {
    return failure.hresult;
  }
}

}  // namespace prime
