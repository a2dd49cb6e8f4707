// Questions about cancels with a timeout: rules C4 to C7.
#include "client.h"
#include "observe.h"
#include "question.h"

namespace recorder {
namespace {

// The server's method ends while Cancel waits.
void Completes(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  const auto client = Calls(server, "call");
  server.WaitEntered();
  std::thread leaver([&] {
    Sleep(500);
    server.Leave();
  });
  Cancel("cancel", client->id(), 60);
  client->Returned(INFINITE);
  leaver.join();
}

// The server's method lasts longer than the timeout.
void Passes(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  const auto client = Calls(server, "call");
  server.WaitEntered();
  Cancel("cancel", client->id(), 2);
  ObserveRelease("the call returns", *client);
  server.Leave();
}

void Infinite(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  const auto client = Calls(server, "call");
  server.WaitEntered();
  const UniqueHandle returned(CreateEventW(nullptr, TRUE, FALSE, nullptr));
  std::thread canceler([&] {
    const Apartment other(COINIT_MULTITHREADED);
    Cancel("cancel", client->id(), static_cast<ULONG>(RPC_C_CANCEL_INFINITE_TIMEOUT));
    SetEvent(returned.get());
  });
  Fact("Cancel returns", WaitForSingleObject(returned.get(), 3'000) == WAIT_OBJECT_0
                             ? "while the method runs"
                             : "not while the method runs");
  Fact("the call", client->Returned(0) ? "has returned meanwhile" : "is blocked meanwhile");
  server.Leave();
  client->Returned(INFINITE);
  canceler.join();
}

// A second cancel while a first one waits: shorter, then with no timeout.
void SecondIsShorter(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  const auto client = Calls(server, "call");
  server.WaitEntered();
  std::thread first([&] {
    const Apartment other(COINIT_MULTITHREADED);
    Cancel("first cancel", client->id(), 8);
  });
  Sleep(500);
  Cancel("second cancel", client->id());
  ObserveRelease("the call returns", *client, 4'000);
  server.Leave();
  client->Returned(INFINITE);
  first.join();
}

}  // namespace

std::vector<Question> TimeoutQuestions() {
  return {{"cancel-completes", Completes},
          {"cancel-passes", Passes},
          {"cancel-infinite", Infinite},
          {"second-is-shorter", SecondIsShorter}};
}

}  // namespace recorder
