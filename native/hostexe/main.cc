// com-cancel-host.exe, a host process: makes objects of in-process classes for the process that started it.
//
//   com-cancel-host.exe <handle of the orders> <handle of the reports>
//
// The handles are inherited ends of pipes. The program ends when the pipe of the orders does.
#include <string>

#include "host/alarms.h"
#include "host/win.h"
#include "hostexe/maker.h"
#include "hostexe/security.h"
#include "hosting/pipe.h"
#include "standin/functions.h"

using namespace com_cancel;

namespace {

// The exit codes; 0 after the end of the pipe.
constexpr int kBadOrder = ERROR_INVALID_DATA;
constexpr int kBadCommandLine = ERROR_BAD_ARGUMENTS;

// How long the objects may take for their end. Longer than the process that started this one waits, if it
// runs still: it reports that it has terminated the host.
constexpr auto kReleaseLimit = std::chrono::seconds(10);

// The last two words of the command line, as handles of pipes, which no process inherits further. False for a
// command line of somebody else.
bool PipesFrom(std::wstring command, UniqueHandle& orders, UniqueHandle& reports) {
  for (UniqueHandle* pipe : {&reports, &orders}) {
    const std::size_t space = command.find_last_of(L' ');
    if (space == std::wstring::npos) return false;
    const std::wstring word = command.substr(space + 1);
    command.resize(space);
    ULONG_PTR value = 0;
    for (const wchar_t digit : word) {
      if (digit < L'0' || digit > L'9' || value > MAXLONG) return false;
      value = value * 10 + static_cast<ULONG_PTR>(digit - L'0');
    }
    const auto handle = reinterpret_cast<HANDLE>(value);
    if (value == 0 || GetFileType(handle) != FILE_TYPE_PIPE) return false;
    SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0);
    *pipe = UniqueHandle(handle);
  }
  return true;
}

struct Reading {
  HANDLE orders;
  hostexe::Maker& maker;
  int exit_code = 0;
};

// The thread that reads orders. It is in the multithreaded apartment, which lasts as long as the thread.
DWORD WINAPI ReadOrders(void* context) {
  Reading& reading = *static_cast<Reading*>(context);
  const HRESULT entered = CoInitializeEx(nullptr, COINIT_MULTITHREADED | COINIT_DISABLE_OLE1DDE);
  const char* problem = FAILED(entered) ? "COM could not be initialized" : nullptr;
  hosting::Bytes content;
  while (!problem) {
    const hosting::Arrival arrival = hosting::Receive(reading.orders, content);
    if (arrival == hosting::Arrival::kEnd) break;
    hosting::Order order;
    if (arrival == hosting::Arrival::kTruncated)
      problem = "an order was cut off";
    else if (arrival == hosting::Arrival::kBadLength)
      problem = "the length of an order is wrong";
    else
      problem = hosting::Decode(content, order);
    if (!problem) problem = reading.maker.Take(order);
  }
  if (problem) {
    reading.exit_code = kBadOrder;
    reading.maker.ReportEnding(problem);
  }
  // For objects that do not let go: also without a job, the process ends when nobody waits for it.
  alarms::Set(Clock::now() + kReleaseLimit,
              [code = reading.exit_code] { TerminateProcess(GetCurrentProcess(), static_cast<UINT>(code)); });
  reading.maker.End();
  if (SUCCEEDED(entered)) CoUninitialize();
  return 0;
}

int Run() {
  // Never destroyed: threads of the pool use them until the process ends.
  static UniqueHandle& orders = *new UniqueHandle;
  static UniqueHandle& reports = *new UniqueHandle;
  if (!PipesFrom(GetCommandLineW(), orders, reports)) return kBadCommandLine;

  // A crash ends the process at once, without a dialog that nobody sees.
  SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
  HeapSetInformation(nullptr, HeapEnableTerminationOnCorruption, nullptr, 0);
  // COM loads a server by its full path with LOAD_WITH_ALTERED_SEARCH_PATH, which adds the server's own
  // folder. The current folder, this program's and those of PATH are not searched.
  SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32 | LOAD_LIBRARY_SEARCH_USER_DIRS);

  static hostexe::Maker& maker = *new hostexe::Maker(reports.get());
  const HRESULT entered = CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE);
  if (FAILED(entered)) {
    maker.ReportEnding("COM could not be initialized");
    return entered;
  }
  const HRESULT secured = hostexe::InitializeSecurity();
  if (FAILED(secured)) {
    maker.ReportEnding("CoInitializeSecurity failed");
    return secured;
  }
  com_cancel_ServeCancellation();

  Reading reading{orders.get(), maker};
  const UniqueHandle reader(CreateThread(nullptr, 0, ReadOrders, &reading, 0, nullptr));
  if (!reader) {
    maker.ReportEnding("the system made no thread");
    return E_OUTOFMEMORY;
  }
  maker.ReportStarted();
  maker.RunSingleThreaded();
  CoUninitialize();
  WaitForSingleObject(reader.get(), INFINITE);
  return reading.exit_code;
}

}  // namespace

int WINAPI WinMain(HINSTANCE, HINSTANCE, LPSTR, int) {
  // Not by return: the destructors of static objects must not run while other threads use them.
  ExitProcess(static_cast<UINT>(Run()));
}
