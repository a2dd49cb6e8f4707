// Questions about the server's side of a call: rules S1 to S5 and S7.
#include "client.h"
#include "observe.h"
#include "question.h"

namespace recorder {
namespace {

long TestCancelDuring(const Server& server) {
  long hr = 0;
  Check(Invoke(server.Connect().Get(), kTestCancel, 0, &hr), "kTestCancel");
  return hr;
}

// CoTestCancel in a call that is pending, then in one that is canceled.
void Noticed(Place place) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(place);
  Observe("test before", "CoTestCancel() in the server", TestCancelDuring(server), 0);
  const auto client = Calls(server, "call", kPoll);
  server.WaitEntered();
  const Stopwatch watch;
  Cancel("cancel", client->id());
  long count = 0;
  // A server in an STA answers only when its method has ended.
  while (count == 0 && watch.Milliseconds() < 10'000) {
    Sleep(1);
    count = server.Count(kNoticed);
  }
  Observe("noticed", "until the server's CoTestCancel returned RPC_E_CALL_CANCELED", count ? S_OK : S_FALSE,
          watch.Milliseconds());
  server.Leave();
}

void NoticedMta(const std::wstring&) { Noticed(Place::kMtaProcess); }
void NoticedSta(const std::wstring&) { Noticed(Place::kStaProcess); }

void Outside(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  Timed("test", "CoTestCancel()", [] { return Com().TestCancel(); });
  ComPtr<ICancelMethodCalls> context;
  Timed("context", "CoGetCallContext(ICancelMethodCalls)",
        [&] { return Com().GetCallContext(__uuidof(ICancelMethodCalls), &context); });
}

void Switched(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const auto own = TakeOver(new CancelObject(S_OK));
  const ULONG before = own->References();
  ComPtr<IUnknown> old;
  Timed("switch", "CoSwitchCallContext(object)", [&] { return Com().SwitchCallContext(own.Get(), &old); });
  Fact("old context", old ? "an object" : "none");
  Fact("taken by switch", std::to_string(own->References() - before));
  ComPtr<ICancelMethodCalls> context;
  Timed("context", "CoGetCallContext(ICancelMethodCalls)",
        [&] { return Com().GetCallContext(__uuidof(ICancelMethodCalls), &context); });
  Fact("the context is", context.Get() == own.Get() ? "the object" : "another object");
  Fact("taken by get", std::to_string(own->References() - before));
  context.Reset();
  Timed("test", "CoTestCancel()", [] { return Com().TestCancel(); });
  IUnknown* previous = nullptr;
  Timed("switch back", "CoSwitchCallContext(NULL)",
        [&] { return Com().SwitchCallContext(nullptr, &previous); });
  Fact("the previous context is", previous == own.Get() ? "the object" : "another one");
  Timed("test after", "CoTestCancel()", [] { return Com().TestCancel(); });
}

// Two calls in one server at once: the cancel of one is not seen by the other.
void Concurrent(const std::wstring&) {
  const Apartment apartment(COINIT_MULTITHREADED);
  const Server server(Place::kMtaProcess);
  const auto first = Calls(server, "first call", kPoll);
  server.WaitEntered();
  const auto second = Calls(server, "second call", kPoll);
  server.WaitEntered();
  Cancel("cancel of the first", first->id());
  first->Returned(10'000);
  Fact("the second call", second->Returned(500) ? "has returned" : "is blocked");
  Fact("methods that noticed", std::to_string(server.Count(kNoticed)));
  server.Leave();
}

}  // namespace

std::vector<Question> ServerQuestions() {
  return {{"noticed-mta", NoticedMta},
          {"noticed-sta", NoticedSta},
          {"outside-call", Outside},
          {"switched-context", Switched},
          {"concurrent-calls", Concurrent}};
}

}  // namespace recorder
