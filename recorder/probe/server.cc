// The start of servers, and what runs in them. An object travels as the bytes of CoMarshalInterface.
#include "server.h"

#include <cstdio>
#include <string>

#include "observe.h"
#include "standin/functions.h"

namespace recorder {
namespace {

constexpr DWORD kLimit = 10'000;

std::wstring NewName() {
  static std::atomic<int> number{0};
  return L"Local\\com-cancel-recorder-" + std::to_wstring(GetCurrentProcessId()) + L"-" +
         std::to_wstring(++number);
}

std::vector<char> Marshaled(IUnknown* object, DWORD context) {
  ComPtr<IStream> stream;
  Check(CreateStreamOnHGlobal(nullptr, TRUE, &stream), "CreateStreamOnHGlobal");
  Check(
      CoMarshalInterface(stream.Get(), __uuidof(IDispatch), object, context, nullptr, MSHLFLAGS_TABLESTRONG),
      "CoMarshalInterface");
  STATSTG status{};
  Check(stream->Stat(&status, STATFLAG_NONAME), "IStream::Stat");
  std::vector<char> bytes(static_cast<size_t>(status.cbSize.QuadPart));
  Check(stream->Seek({}, STREAM_SEEK_SET, nullptr), "IStream::Seek");
  ULONG read = 0;
  Check(stream->Read(bytes.data(), static_cast<ULONG>(bytes.size()), &read), "IStream::Read");
  return bytes;
}

// Until the event is set or the parent, if any, ends.
void ServeUntil(HANDLE quit, HANDLE parent, bool single) {
  const HANDLE handles[] = {quit, parent};
  const DWORD count = parent ? 2 : 1;
  for (;;) {
    const DWORD signaled =
        single ? MsgWaitForMultipleObjectsEx(count, handles, INFINITE, QS_ALLINPUT, MWMO_INPUTAVAILABLE)
               : WaitForMultipleObjects(count, handles, FALSE, INFINITE);
    if (signaled != WAIT_OBJECT_0 + count) return;
    MSG message;
    while (PeekMessageW(&message, nullptr, 0, 0, PM_REMOVE)) DispatchMessageW(&message);
  }
}

std::wstring OwnPath() {
  std::vector<wchar_t> path(32'768);
  const DWORD length = GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
  return std::wstring(path.data(), length);
}

int HexDigit(char digit) { return digit <= '9' ? digit - '0' : digit - 'A' + 10; }

}  // namespace

const char* NameOf(Place place) {
  switch (place) {
    case Place::kMtaProcess:
      return "MTA of another process";
    case Place::kStaProcess:
      return "STA of another process";
    default:
      return "STA of this process";
  }
}

Server::Server(Place place) : name_(NewName()), control_(name_) {
  if (place == Place::kStaThread) {
    StartThread();
  } else {
    StartProcess(place == Place::kStaProcess);
  }
}

Server::~Server() {
  Leave();
  SetEvent(control_.quit.get());
  if (thread_.joinable()) thread_.join();
  if (process_ && WaitForSingleObject(process_.get(), kLimit) != WAIT_OBJECT_0)
    TerminateProcess(process_.get(), 1);
}

void Server::StartProcess(bool single) {
  SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
  HANDLE read = nullptr;
  HANDLE write = nullptr;
  if (!CreatePipe(&read, &write, &inherited, 0))
    throw Failure{"CreatePipe", HRESULT_FROM_WIN32(GetLastError())};
  const UniqueHandle output(read);
  UniqueHandle input(write);
  SetHandleInformation(read, HANDLE_FLAG_INHERIT, 0);

  std::wstring command = L"\"" + OwnPath() + L"\" serve " + (single ? L"sta " : L"mta ") + name_ + L" " +
                         std::to_wstring(GetCurrentProcessId());
  STARTUPINFOW startup{};
  startup.cb = sizeof(startup);
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdOutput = write;
  startup.hStdError = write;
  PROCESS_INFORMATION made{};
  if (!CreateProcessW(nullptr, command.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &startup, &made))
    throw Failure{"CreateProcess", HRESULT_FROM_WIN32(GetLastError())};
  CloseHandle(made.hThread);
  process_ = UniqueHandle(made.hProcess);
  input = UniqueHandle();  // so that reading ends when the process does

  std::string line;
  char next = 0;
  DWORD count = 0;
  while (ReadFile(read, &next, 1, &count, nullptr) && count == 1 && next != '\n')
    if (next != '\r') line += next;
  if (line.empty() || line.size() % 2 != 0 || line.find_first_not_of("0123456789ABCDEF") != std::string::npos)
    throw Failure{"the server process printed: " + line, E_UNEXPECTED};
  for (size_t index = 0; index < line.size(); index += 2)
    marshaled_.push_back(static_cast<char>(HexDigit(line[index]) * 16 + HexDigit(line[index + 1])));
}

void Server::StartThread() {
  const UniqueHandle ready(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  HRESULT hr = S_OK;
  thread_ = std::thread([this, &ready, &hr] {
    hr = CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED);
    if (FAILED(hr)) {
      SetEvent(ready.get());
      return;
    }
    {
      const auto object = TakeOver<IDispatch>(new SlowObject(control_));
      try {
        marshaled_ = Marshaled(object.Get(), MSHCTX_INPROC);
      } catch (const Failure& failure) {
        hr = failure.hresult;
      }
      SetEvent(ready.get());
      ServeUntil(control_.quit.get(), nullptr, true);
      CoDisconnectObject(object.Get(), 0);
    }
    CoUninitialize();
  });
  WaitForSingleObject(ready.get(), INFINITE);
  Check(hr, "the STA of this process");
}

ComPtr<IDispatch> Server::Connect() const {
  ComPtr<IStream> stream;
  Check(CreateStreamOnHGlobal(nullptr, TRUE, &stream), "CreateStreamOnHGlobal");
  Check(stream->Write(marshaled_.data(), static_cast<ULONG>(marshaled_.size()), nullptr), "IStream::Write");
  Check(stream->Seek({}, STREAM_SEEK_SET, nullptr), "IStream::Seek");
  ComPtr<IDispatch> object;
  Check(CoUnmarshalInterface(stream.Get(), IID_PPV_ARGS(&object)), "CoUnmarshalInterface");
  return object;
}

void Server::WaitEntered() const {
  if (!Entered(kLimit)) throw Failure{"the server's method has not begun", E_FAIL};
}

long Server::Count(Member member) const {
  long value = 0;
  Check(Invoke(Connect().Get(), member, 0, &value), "a count of the server");
  return value;
}

void Server::WaitIdle() const {
  const ULONGLONG end = GetTickCount64() + kLimit;
  while (Count(kStarted) != Count(kFinished) && GetTickCount64() < end) Sleep(10);
}

int ServeProcess(bool single, const std::wstring& name, DWORD parent) {
  const UniqueHandle client(OpenProcess(SYNCHRONIZE, FALSE, parent));
  const Control control(name);
  Check(CoInitializeEx(nullptr, single ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED), "CoInitializeEx");
  com_cancel_ServeCancellation();
  const auto object = TakeOver<IDispatch>(new SlowObject(control));
  for (const char byte : Marshaled(object.Get(), MSHCTX_LOCAL))
    std::printf("%02X", static_cast<unsigned>(static_cast<unsigned char>(byte)));
  std::printf("\n");
  std::fflush(stdout);
  ServeUntil(control.quit.get(), client.get(), single);
  // Replies may still be under way; COM's own threads end with the process.
  Sleep(100);
  ExitProcess(0);
}

}  // namespace recorder
