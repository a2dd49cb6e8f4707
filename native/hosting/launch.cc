// Launch, which starts the process com-cancel-host.exe.
#include "hosting/launch.h"

#include <memory>
#include <vector>

#include "host/system_info.h"
#include "host/system_text.h"
#include "host/text.h"

namespace com_cancel::hosting {
namespace {

constexpr wchar_t kProgram[] = L"com-cancel-host.exe";
// The longest path of Windows, in code units.
constexpr DWORD kLongestPath = 32'768;

// Not in MinGW-w64 10: ERROR_VIRUS_INFECTED, ERROR_VIRUS_DELETED, ERROR_CHILD_PROCESS_BLOCKED.
constexpr DWORD kVirusInfected = 225;
constexpr DWORD kVirusDeleted = 226;
constexpr DWORD kChildProcessBlocked = 367;

// The path of the module that this function is in, as the loader got it; empty after a failure.
std::wstring OwnPath() {
  HMODULE module = nullptr;
  if (!GetModuleHandleExW(
          GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
          reinterpret_cast<const wchar_t*>(&OwnPath), &module))
    return {};
  std::wstring path(kLongestPath, L'\0');
  const DWORD length = GetModuleFileNameW(module, path.data(), kLongestPath);
  if (length == 0 || length == kLongestPath) return {};
  path.resize(length);
  return path;
}

// Without the last part of a path. By its text: in a path that begins with \\?\ a part `..` has no meaning.
std::wstring FolderOf(const std::wstring& path) {
  const std::size_t end = path.find_last_of(L"\\/");
  return end == std::wstring::npos ? std::wstring() : path.substr(0, end);
}

struct Pipe {
  UniqueHandle read;
  UniqueHandle write;
};

// `inherited` is set to the end that the new process gets.
bool MakePipe(Pipe& pipe, bool host_reads, HANDLE& inherited) {
  HANDLE read = nullptr;
  HANDLE write = nullptr;
  constexpr DWORD kSize = 1u << 16;
  if (!CreatePipe(&read, &write, nullptr, kSize)) return false;
  pipe.read = UniqueHandle(read);
  pipe.write = UniqueHandle(write);
  inherited = host_reads ? read : write;
  return SetHandleInformation(inherited, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT) != 0;
}

// A job whose processes end with its last handle. Processes that the host starts are not in the job: they are
// not this package's to end. Empty after a failure.
UniqueHandle MakeJob() {
  UniqueHandle job(CreateJobObjectW(nullptr, nullptr));
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags =
      JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
  if (!job || !SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof limits))
    return {};
  return job;
}

// The attributes of a new process. What they refer to must outlive them.
class Attributes {
 public:
  explicit Attributes(DWORD count) {
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(nullptr, count, 0, &size);
    memory_.resize(size);
    auto* const list = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
    if (size > 0 && InitializeProcThreadAttributeList(list, count, 0, &size)) list_ = list;
  }
  ~Attributes() {
    if (list_) DeleteProcThreadAttributeList(list_);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  bool Set(DWORD_PTR attribute, HANDLE* handles, std::size_t count) {
    return list_ &&
           UpdateProcThreadAttribute(list_, 0, attribute, handles, count * sizeof(HANDLE), nullptr, nullptr);
  }
  LPPROC_THREAD_ATTRIBUTE_LIST get() const { return list_; }

 private:
  std::vector<char> memory_;
  LPPROC_THREAD_ATTRIBUTE_LIST list_ = nullptr;
};

// Keeps the id of a process from being given to another one, until this process ends. Wine finds its
// connection to an apartment by the id of the process, and keeps connections to processes that have ended: a
// call to a later process of the same id fails (RPC_S_CALL_FAILED_DNE) or does not return (seen in Wine 8).
void KeepId(HANDLE process) {
  HANDLE kept = nullptr;  // never closed
  DuplicateHandle(GetCurrentProcess(), process, GetCurrentProcess(), &kept, SYNCHRONIZE, FALSE, 0);
}

// ERROR_SUCCESS, or why the system does not start the process. `job` may be null.
DWORD Create(const std::wstring& program, HANDLE (&inherited)[2], HANDLE job, Launched& launched) {
  Attributes attributes(2);
  if (!attributes.Set(PROC_THREAD_ATTRIBUTE_HANDLE_LIST, inherited, 2)) return GetLastError();
  // In the job from its first instruction on: there is no moment in which the end of this process leaves it
  // behind.
  if (job && !attributes.Set(PROC_THREAD_ATTRIBUTE_JOB_LIST, &job, 1)) return GetLastError();

  STARTUPINFOEXW startup{};
  startup.StartupInfo.cb = sizeof startup;
  startup.StartupInfo.dwFlags = STARTF_FORCEOFFFEEDBACK;  // no busy cursor
  startup.lpAttributeList = attributes.get();
  // Handles have 32 significant bits, and the same values in a process of another width.
  std::wstring command = L"\"" + program + L"\"";
  for (HANDLE handle : inherited)
    command += L' ' + std::to_wstring(static_cast<ULONG>(reinterpret_cast<ULONG_PTR>(handle)));
  PROCESS_INFORMATION made{};
  if (!CreateProcessW(program.c_str(), command.data(), nullptr, nullptr, TRUE,
                      CREATE_NO_WINDOW | EXTENDED_STARTUPINFO_PRESENT, nullptr, nullptr, &startup.StartupInfo,
                      &made))
    return GetLastError();
  launched.process = UniqueHandle(made.hProcess);
  launched.id = made.dwProcessId;
  CloseHandle(made.hThread);
  if (UnderWine()) KeepId(made.hProcess);
  return ERROR_SUCCESS;
}

// What an error of CreateProcess means for the user.
const wchar_t* Advice(DWORD error) {
  switch (error) {
    case ERROR_BAD_EXE_FORMAT:
    case ERROR_EXE_MACHINE_TYPE_MISMATCH:
      return L" This machine does not run programs for that processor.";
    case ERROR_ACCESS_DENIED:
    case ERROR_ACCESS_DISABLED_BY_POLICY:
    case ERROR_NOT_ENOUGH_QUOTA:  // a job that admits no further process
    case kChildProcessBlocked:
      return L" A policy or a sandbox forbids child processes, or the user may not execute the file.";
    case kVirusInfected:
    case kVirusDeleted:
      return L" A virus scanner blocks the file.";
    default:
      return L"";
  }
}

HRESULT Failed(DWORD error, const std::wstring& what, std::u16string& detail) {
  const HRESULT hr = HRESULT_FROM_WIN32(error);
  detail = FromWide(what + L": error " + std::to_wstring(error) + L" (") + SystemText(hr) + u")." +
           FromWide(Advice(error));
  return hr;
}

}  // namespace

std::wstring ProgramFor(Architecture architecture) {
  std::wstring folder = FolderOf(OwnPath());
  if (architecture != kOwnArchitecture && !folder.empty())
    folder = FolderOf(folder) + L"\\win32-" + NameOf(architecture);
  return folder.empty() ? folder : folder + L'\\' + kProgram;
}

HRESULT Launch(Architecture architecture, Launched& launched, std::u16string& detail) {
  const std::wstring program = ProgramFor(architecture);
  if (program.empty()) {
    detail = u"the system does not tell where the addon is";
    return E_UNEXPECTED;
  }
  if (GetFileAttributesW(program.c_str()) == INVALID_FILE_ATTRIBUTES) {
    detail = FromWide(program + L" is missing: this installation of the package has no host program for " +
                      NameOf(architecture));
    return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
  }

  Pipe orders;
  Pipe reports;
  HANDLE inherited[2] = {};
  if (!MakePipe(orders, true, inherited[0]) || !MakePipe(reports, false, inherited[1]))
    return Failed(GetLastError(), L"the system made no pipe", detail);
  launched.job = MakeJob();
  DWORD error = Create(program, inherited, launched.job.get(), launched);
  if (error != ERROR_SUCCESS && launched.job) {
    // A job around this process may forbid a job in it. The end of its pipe then ends the host.
    launched.job = {};
    error = Create(program, inherited, nullptr, launched);
  }
  if (error != ERROR_SUCCESS) return Failed(error, L"the system did not start " + program, detail);
  launched.orders = std::move(orders.write);
  launched.reports = std::move(reports.read);
  return S_OK;
}

}  // namespace com_cancel::hosting
