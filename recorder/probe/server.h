// Servers of the slow object, in this and in other processes, without any registration.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "objects.h"

namespace recorder {

enum class Place { kMtaProcess, kStaProcess, kStaThread };

const char* NameOf(Place place);

class Server {
 public:
  // Starts a process or a thread with one slow object. Throws Failure.
  explicit Server(Place place);
  // Lets blocking methods end, then ends the server.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The object, for the calling thread's apartment: a proxy. Throws Failure.
  ComPtr<IDispatch> Connect() const;

  // Waits until a blocking method has begun. Throws Failure when none does within ten seconds.
  void WaitEntered() const;
  bool Entered(DWORD ms) const { return WaitForSingleObject(control_.entered.get(), ms) == WAIT_OBJECT_0; }
  // Blocking methods end now; those that begin later block again after Again().
  void Leave() const { SetEvent(control_.leave.get()); }
  void Again() const { ResetEvent(control_.leave.get()); }
  // What kStarted, kFinished, kNoticed or kObjects returns, asked in the calling thread's apartment.
  long Count(Member member) const;
  // Waits until kFinished is equal to kStarted, ten seconds at most.
  void WaitIdle() const;

 private:
  void StartProcess(bool single);
  void StartThread();

  const std::wstring name_;
  const Control control_;
  std::vector<char> marshaled_;
  UniqueHandle process_;
  std::thread thread_;
};

// The main function of a server process: prints the marshaled object, serves until it is told to quit or its
// parent ends.
int ServeProcess(bool single, const std::wstring& name, DWORD parent);

}  // namespace recorder
