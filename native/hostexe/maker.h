// Maker, which carries out the orders of a host process.
#pragma once

#include <deque>
#include <functional>
#include <unordered_map>

#include "host/win.h"
#include "hosting/protocol.h"

namespace com_cancel::hostexe {

// Objects are made in the one single-threaded apartment of the process, whose thread pumps messages, or on
// threads of the system's pool in the multithreaded apartment: a slow class delays only orders for the same
// single-threaded apartment, and never the reading of orders. COM keeps the objects: the process holds no
// reference on them.
class Maker {
 public:
  // `reports` must stay open.
  explicit Maker(HANDLE reports);
  Maker(const Maker&) = delete;
  Maker& operator=(const Maker&) = delete;

  // Called by the thread that reads orders. Returns null, or what is wrong with the order.
  const char* Take(const hosting::Order& order);
  // Lets RunSingleThreaded return.
  void End();

  // The thread of the single-threaded apartment: makes its objects and pumps messages until End.
  void RunSingleThreaded();

  void ReportStarted();
  void ReportEnding(const char* why);

 private:
  // What was ordered and is neither taken nor dropped.
  struct Ordered {
    bool made = false;
    bool dropped = false;
    hosting::Bytes object;  // marshaled
  };

  const char* Take(const hosting::order::Make& make);
  const char* Take(const hosting::order::Taken& taken);
  const char* Take(const hosting::order::Drop& drop);
  // On a thread of the apartment in which the object is made.
  void Make(const hosting::order::Make& make);
  void Finish(hosting::report::Made made);
  void Report(const hosting::Report& report);

  const HANDLE reports_;
  Lock report_lock_;

  const UniqueHandle event_;  // set when there is work for the single-threaded apartment
  Lock lock_;
  std::deque<std::function<void()>> work_;
  bool ending_ = false;
  std::unordered_map<hosting::OrderId, Ordered> ordered_;
};

}  // namespace com_cancel::hostexe
