// prime_client.exe, a C++ client of the test server, for comparison and for experiments.
//
//   prime_client.exe calls <count> [progid]    prints the microseconds that one Number(i) takes
//   prime_client.exe smoke | cancel | death | busy | create [progid] [sta]
//
// In the multithreaded apartment unless `sta` is the last word. The exit code is an HRESULT.
#include <cstdio>
#include <string>
#include <vector>

#include "client_object.h"
#include "scenarios.h"
#include "standin/functions.h"

namespace prime {
namespace {

void Calls(long count, const wchar_t* progid) {
  const Object calculator(progid);
  const DISPID number = calculator.Find(L"Number");
  const auto call = [&](int i) {
    const Outcome outcome = calculator.Invoke(DISPATCH_METHOD, number, i);
    Check(outcome.hresult);
    if (outcome.value->lVal != i) throw Failure{E_UNEXPECTED};
  };
  call(0);  // the first one is slower
  const auto start = com_cancel::Clock::now();
  for (int i = 0; i < count; ++i) call(i);
  const std::chrono::duration<double, std::micro> took = com_cancel::Clock::now() - start;
  std::printf("%.3f\n", took.count() / static_cast<double>(count));
}

void Create(const wchar_t* progid) {
  const auto start = com_cancel::Clock::now();
  HRESULT hr = S_OK;
  try {
    const Object calculator(progid);
  } catch (const Failure& failure) {
    hr = failure.hresult;
  }
  const std::chrono::duration<double> took = com_cancel::Clock::now() - start;
  std::printf("%-34s %08lX after %.1f s\n", "created and released", static_cast<unsigned long>(hr),
              took.count());
}

int Main(const std::vector<std::wstring>& words) {
  const auto word = [&](size_t index, const wchar_t* otherwise) {
    return index < words.size() ? words[index].c_str() : otherwise;
  };
  const std::wstring command = word(0, L"");
  const bool single = words.size() > 1 && words.back() == L"sta";
  Check(CoInitializeEx(nullptr, single ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED));
  // Not for `calls`, which measures COM alone.
  if (command != L"calls" && !GetProcAddress(GetModuleHandleW(L"ole32.dll"), "CoCancelCall"))
    Check(com_cancel_InstallChannelHook());
  const wchar_t* progid = word(command == L"calls" ? 2 : 1, L"Prime.Calculator");
  if (progid == std::wstring_view(L"sta")) progid = L"Prime.Calculator";
  if (command == L"calls") {
    Calls(std::wcstol(word(1, L"1000"), nullptr, 10), progid);
  } else if (command == L"smoke") {
    Smoke(progid);
  } else if (command == L"cancel") {
    Cancel(progid);
  } else if (command == L"death") {
    Death(progid);
  } else if (command == L"busy") {
    Busy(progid);
  } else if (command == L"create") {
    Create(progid);
  } else {
    std::fputs(
        "prime_client.exe calls <count> [progid] | smoke | cancel | death | busy | create [progid] [sta]\n",
        stderr);
    return E_INVALIDARG;
  }
  CoUninitialize();
  return S_OK;
}

}  // namespace
}  // namespace prime

int main(int count, char** arguments) {
  // Unbuffered, so that output is not lost when the process is killed.
  std::setvbuf(stdout, nullptr, _IONBF, 0);
  try {
    std::vector<std::wstring> words;
    for (int index = 1; index < count; ++index) {
      const std::string word = arguments[index];  // names and numbers: ASCII
      words.emplace_back(word.begin(), word.end());
    }
    return prime::Main(words);
  } catch (const prime::Failure& failure) {
    std::printf("failed: %08lX\n", static_cast<unsigned long>(failure.hresult));
    return failure.hresult;
  } catch (...) {
    return E_UNEXPECTED;
  }
}
