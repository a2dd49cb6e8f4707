// recorder_probe.exe: asks COM one question and prints what it saw, one line of JSON for each observation.
//
//   recorder_probe.exe list                   the ids of its questions, one a line
//   recorder_probe.exe ask <id> [argument]    exit code 0: asked, or the reason why it can't be asked was
//   printed recorder_probe.exe serve sta|mta <name> <parent>    a server process, started by this program
#include <cstdio>
#include <cstring>
#include <cwchar>
#include <exception>

#include "client.h"
#include "observe.h"
#include "question.h"
#include "standin/functions.h"
// After win.h, which it needs.
#include <shellapi.h>

namespace recorder {
namespace {

std::vector<Question> AllQuestions() {
  std::vector<Question> all;
  for (const auto& group : {EnablingQuestions(), CancelObjectQuestions(), StackQuestions(),
                            CancelingQuestions(), TimeoutQuestions(), ResultQuestions(), ServerQuestions(),
                            WaitingQuestions(), LifetimeQuestions(), ActivationQuestions()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

std::vector<std::wstring> Words() {
  int count = 0;
  wchar_t** const words = CommandLineToArgvW(GetCommandLineW(), &count);
  if (!words) return {};
  std::vector<std::wstring> all(words + 1, words + count);
  LocalFree(words);
  return all;
}

int Ask(const std::wstring& id, const std::wstring& argument) {
  for (const Question& question : AllQuestions()) {
    const std::string known = question.id;
    if (std::wstring(known.begin(), known.end()) != id) continue;
    question.ask(argument);
    return 0;
  }
  std::fputs("there is no such question\n", stderr);
  return 2;
}

int Main(const std::vector<std::wstring>& words) {
  const std::wstring command = words.empty() ? L"" : words[0];
  com_cancel::Ole32::SetStandIn(com_cancel::stand_in_family);
  // Looked up now: the stand-in, where it is needed, sees only calls that begin later.
  Com();
  if (command == L"list") {
    for (const Question& question : AllQuestions()) std::printf("%s\n", question.id);
    return 0;
  }
  if (command == L"serve" && words.size() == 4)
    return ServeProcess(words[1] == L"sta", words[2],
                        static_cast<DWORD>(std::wcstoul(words[3].c_str(), nullptr, 10)));
  if (command == L"ask" && words.size() >= 2) return Ask(words[1], words.size() > 2 ? words[2] : L"");
  std::fputs("recorder_probe.exe list | ask <id> [argument]\n", stderr);
  return 2;
}

}  // namespace
}  // namespace recorder

int main() {
  // A crash is an answer: it must end the process, not show a dialog.
  SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
  try {
    return recorder::Main(recorder::Words());
  } catch (const recorder::Failure& failure) {
    recorder::Observe("failed", failure.what, failure.hresult, 0);
  } catch (const std::exception& error) {
    recorder::Fact("failed", error.what());
  }
  return 1;
}
